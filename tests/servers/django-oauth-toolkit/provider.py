"""django-oauth-toolkit in a Django project of one file, as its documentation has one set it up."""

import json
import sys
from pathlib import Path

import django
from django.conf import settings

given = json.loads(sys.argv[1])
base = f"http://localhost:{given['port']}"
place = Path(given["place"])

# A transaction that begins to write only after it has read fails at once if another one writes; the default does that.
OPTIONS = {"timeout": 20, "transaction_mode": "IMMEDIATE"}

settings.configure(
    SECRET_KEY="on this machine",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF="__main__",
    LOGIN_URL="/login/",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": place / "db.sqlite", "OPTIONS": OPTIONS}},
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
    CORS_ALLOWED_ORIGINS=[given["origin"]],
    CORS_URLS_REGEX=r"^/o/.*",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": given["key"],
        "OIDC_ISS_ENDPOINT": f"{base}/o",
        "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
        "PKCE_REQUIRED": True,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "ALLOWED_SCHEMES": ["http"],
        "OAUTH2_VALIDATOR_CLASS": "__main__.Validator",
        "SCOPES": {scope: scope for scope in [*given["scope"].split(), "system/*.rs"]},
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
    """What SMART adds: a member of the token response and a claim."""

    oidc_claim_scope = None

    def save_bearer_token(self, token, request, *args, **kwargs):
        super().save_bearer_token(token, request, *args, **kwargs)
        token["patient"] = "maria-alvarez"

    def get_additional_claims(self, request):
        return {"fhirUser": f"{given['fhirBaseUrl']}/Practitioner/{request.user.username}"}


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login/", LoginView.as_view(template_name="login.html")),
]


def fill():
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("dr1", password="password")
    get_application_model().objects.create(
        client_id="app",
        client_type="public",
        authorization_grant_type="authorization-code",
        redirect_uris=given["callback"],
        post_logout_redirect_uris=given["goodbye"],
        allowed_origins=given["origin"],
        algorithm="RS256",
        user=user,
    )
    credentials = given["credentials"]
    for name in ["basic", "post"]:
        confidential(name, credentials["secret"], "authorization-code", redirect_uris=given["callback"], algorithm="RS256", user=user)
    confidential("special", credentials["specialSecret"], "client-credentials")
    confidential("backendSecret", credentials["secret"], "client-credentials")


def confidential(name, secret, grant, **more):
    get_application_model().objects.create(
        client_id=name,
        client_type="confidential",
        client_secret=secret,
        authorization_grant_type=grant,
        **more,
    )


def serve():
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer, make_server

    class Threads(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        # The default of 5 is less than the connections of a browser and its preflights.
        request_queue_size = 64

    make_server("127.0.0.1", given["port"], get_wsgi_application(), Threads).serve_forever()


fill()
serve()
