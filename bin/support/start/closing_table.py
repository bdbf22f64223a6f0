"""The table shown when everything is ready."""

from layout import Layout

NAMES = {"krakend": "KrakenD", "haproxy": "HAProxy"}


def closing_table(layout: Layout) -> str:
    settings = layout.settings
    if layout.counts["gateway"]:
        url = settings["GATEWAY_URL"]
        rows = [("the page", f"{url}/"), ("gateway", f"{url}/docs ({NAMES[settings['GATEWAY']]})")]
        others = [f"http://127.0.0.1:{layout.http_port('gateway', i)}/docs" for i in range(1, layout.counts["gateway"])]
        rows += [("gateway", other) for other in others]
    else:
        rows = [("gateway", "left out (--without gateway), and with it the page and its logins")]
    for process in ("users", "enrollment", "notification"):
        urls = [f"http://127.0.0.1:{layout.http_port(process, i)}/docs" for i in range(layout.counts[process])]
        rows += [(process, url) for url in urls]
    rows += [
        ("logins", f"jack (student), lovelace (instructor), registrar; password {settings.get('DEMO_PASSWORD', '')}"),
        ("data", settings["VAR_DIR"]),
        ("log", f"{settings['VAR_DIR']}/log/system.log"),
        ("settings", f"{settings['VAR_DIR']}/run.env"),
        ("stop", "Ctrl-C"),
    ]
    width = max(len(name) for name, _ in rows)
    ruler = "─" * 72
    return "\n".join([ruler, "The system is ready.", *(f"  {name:<{width}}  {value}" for name, value in rows), ruler])
