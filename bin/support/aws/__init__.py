"""The CloudFormation template of what the services need of AWS; see __main__.py."""
