"""What the test run tells at its end."""

MEMBERS = "answers of members"
"""The user property with which a test reports a row of the table of members."""


def pytest_terminal_summary(terminalreporter):
    rows = [
        value
        for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
        for name, value in report.user_properties
        if name == MEMBERS and report.when == "call"
    ]
    if rows:
        terminalreporter.section("random members of the families")
        for row in rows:
            terminalreporter.write_line(row)
