"""A web site that signs people in by OpenID Connect, with Flask and Authlib as their pages show it.

usage: oidc-authlib.py PORT ISSUER CLIENT_ID < client secret
"""

import sys

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for

port, issuer, client_id = sys.argv[1:]
app = Flask(__name__)
app.secret_key = "of this test alone"
oauth = OAuth(app)
oauth.register(
    "countersign",
    client_id=client_id,
    client_secret=sys.stdin.read().strip(),
    server_metadata_url=f"{issuer}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@app.get("/")
def home():
    if "who" not in session:
        return redirect(url_for("login"))
    return f"signed in as {session['who']}, {session['acr']}"


@app.get("/login")
def login():
    return oauth.countersign.authorize_redirect(url_for("callback", _external=True))


@app.get("/callback")
def callback():
    try:
        token = oauth.countersign.authorize_access_token()
    except OAuthError as fault:
        return f"not signed in: {fault.error}", 403
    who = token["userinfo"]
    told = oauth.countersign.userinfo(token=token)
    if told["sub"] != who["sub"]:
        return "not signed in: somebody else", 403
    session["who"], session["acr"] = told["preferred_username"], who["acr"]
    return redirect(url_for("home"))


app.run("127.0.0.1", int(port))
