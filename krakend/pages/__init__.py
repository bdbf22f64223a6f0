"""What people see through the gateway: the live page and one Swagger UI. KrakenD CE serves no files of its own."""
