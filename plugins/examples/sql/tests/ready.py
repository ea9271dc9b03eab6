"""Whether a server takes statements: exit status 0."""

import sys

import psycopg

try:
    psycopg.connect(sys.argv[1], connect_timeout=2).close()
except psycopg.Error as error:
    sys.exit(str(error))
