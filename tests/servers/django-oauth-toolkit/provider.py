"""django-oauth-toolkit in a Django project of one file, set up as in its documentation."""

import json
import sys
from pathlib import Path

import django
from django.conf import settings

config = json.loads(sys.argv[1])
base = f"http://localhost:{config['port']}"
data_directory = Path(config["dataDirectory"])

# By default a transaction takes the write lock after its first read, and then fails at once if another transaction writes.
OPTIONS = {"timeout": 20, "transaction_mode": "IMMEDIATE"}

settings.configure(
    SECRET_KEY="on this machine",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF="__main__",
    LOGIN_URL="/login/",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": data_directory / "db.sqlite", "OPTIONS": OPTIONS}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "corsheaders",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "DIRS": [Path(__file__).parent / "templates"],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    CORS_ALLOWED_ORIGINS=[config["origin"]],
    CORS_URLS_REGEX=r"^/o/.*",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": config["key"],
        "OIDC_ISS_ENDPOINT": f"{base}/o",
        "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
        "PKCE_REQUIRED": True,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "ALLOWED_SCHEMES": ["http"],
        "OAUTH2_VALIDATOR_CLASS": "__main__.Validator",
        "SCOPES": {scope: scope for scope in [*config["scope"].split(), "system/*.rs"]},
    },
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402


class Validator(OAuth2Validator):
    """Adds the SMART members: `patient` in the token response and the claim `fhirUser`."""

    oidc_claim_scope = None

    def save_bearer_token(self, token, request, *args, **kwargs):
        super().save_bearer_token(token, request, *args, **kwargs)
        token["patient"] = "maria-alvarez"

    def get_additional_claims(self, request):
        return {"fhirUser": f"{config['fhirBaseUrl']}/Practitioner/{request.user.username}"}


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login/", LoginView.as_view(template_name="login.html")),
]


def create_data():
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("dr1", password="password")
    get_application_model().objects.create(
        client_id="app",
        client_type="public",
        authorization_grant_type="authorization-code",
        redirect_uris=config["callback"],
        post_logout_redirect_uris=config["postLogoutUri"],
        allowed_origins=config["origin"],
        algorithm="RS256",
        user=user,
    )
    credentials = config["credentials"]
    for name in ["basic", "post"]:
        app = {"redirect_uris": config["callback"], "algorithm": "RS256", "user": user}
        create_confidential_client(name, credentials["secret"], "authorization-code", **app)
    create_confidential_client("special", credentials["specialSecret"], "client-credentials")
    create_confidential_client("backendSecret", credentials["secret"], "client-credentials")


def create_confidential_client(name, secret, grant, **fields):
    get_application_model().objects.create(
        client_id=name,
        client_type="confidential",
        client_secret=secret,
        authorization_grant_type=grant,
        **fields,
    )


def serve():
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer, make_server

    class Threads(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        # The default of 5 is less than the connections of a browser and its preflights.
        request_queue_size = 64

    make_server("127.0.0.1", config["port"], get_wsgi_application(), Threads).serve_forever()


create_data()
serve()
