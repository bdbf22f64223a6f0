"""bin/aws-template: writes etc/aws/template.json, a CloudFormation template, from the services' own table definitions.

It has the tables, alarms, and a policy of least privilege for each kind of process. Nothing is asked of AWS.
"""

import argparse
import sys

from aws.template import FILE, text


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/aws-template", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if the file is old")
    if parser.parse_args().check:
        if FILE.read_text() == text():
            return 0
        print("etc/aws/template.json is not what the tables say: run bin/aws-template", file=sys.stderr)
        return 1
    FILE.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
