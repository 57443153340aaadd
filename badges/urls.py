"""Addresses of badges, issued badges and issuances."""

from django.urls import path

from badges.views import badges, documents, issued

app_name = "badges"

urlpatterns = [
    path("badges/", badges.list_, name="list"),
    path("badges/create/", badges.create, name="create"),
    path("badges/issued/", issued.issued, name="issued"),
    path("badges/issuances/<int:batch_id>/", issued.issuance, name="issuance"),
    path("badges/<int:badge_id>/", badges.profile, name="profile"),
    path("badges/<int:badge_id>/edit/", badges.edit, name="edit"),
    path("badges/<int:badge_id>/delete/", badges.delete, name="delete"),
    path("b/<uuid:public_id>/credential.json", documents.credential, name="credential"),
    path("b/<uuid:public_id>/credential.jwt", documents.token, name="token"),
    path("achievements-of/<uuid:public_id>/", documents.achievement, name="achievement"),
    path("issuers/<uuid:public_id>/", documents.issuer, name="issuer"),
    path("issuers/<uuid:public_id>/did.json", documents.did, name="did"),
    path("issuers/<uuid:public_id>/keys/<int:key_id>/", documents.key, name="key"),
    path("issuers/<uuid:public_id>/status/<int:number>/", documents.status_list, name="status_list"),
]
