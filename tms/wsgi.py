"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from operation.database.pooling import refuse_shared_sessions, tell_of_missing_limits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tms.settings")
os.environ.setdefault("STATEMENT_TIMEOUT", "30s")
os.environ.setdefault("DATABASE_PATIENCE", "0.5")

application = get_wsgi_application()
refuse_shared_sessions()
tell_of_missing_limits()
