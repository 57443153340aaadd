"""Addresses of badges, issued badges and issuances."""

from django.urls import path, register_converter

from badges.accounts.webhook_secrets import SecretConverter
from badges.pages.views import (
    badges,
    documents,
    issuances,
    issued,
    issued_acts,
    provider_acts,
    providers,
    public,
    sharing,
    webhooks,
)

register_converter(SecretConverter, "secret")

app_name = "badges"

urlpatterns = [
    path("badges/", badges.list_, name="list"),
    path("badges/create/", badges.create, name="create"),
    path("badges/issued/", issued.issued, name="issued"),
    path("badges/issued/retry/", issued_acts.retry, name="retry"),
    path("badges/issued/revoke/", issued_acts.revoke, name="revoke"),
    path("badges/issued/<int:issued_id>/", issued.issued_badge, name="issued_badge"),
    path("badges/issued/<int:issued_id>/reissue/", issued_acts.reissue, name="reissue"),
    path("badges/issued/<int:issued_id>/resend/", issued_acts.resend, name="resend"),
    path("badges/issued/<int:issued_id>/readdress/", issued_acts.readdress, name="readdress"),
    path("badges/issuances/", issuances.issuances, name="issuances"),
    path("badges/issuances/<int:batch_id>/", issuances.issuance, name="issuance"),
    path("badges/issuances/<int:batch_id>/retry/", issuances.retry, name="retry_issuance"),
    path("badges/issuances/<int:batch_id>/undo/", issuances.undo, name="undo_issuance"),
    path("badges/issuances/<int:batch_id>/send/", issuances.send_now, name="send_issuance"),
    path("badges/<int:badge_id>/", badges.profile, name="profile"),
    path("badges/<int:badge_id>/edit/", badges.edit, name="edit"),
    path("badges/<int:badge_id>/manual-issuance/", badges.manual_issuance, name="manual_issuance"),
    path("badges/<int:badge_id>/delete/", badges.delete, name="delete"),
    path("b/<uuid:public_id>/", public.badge_page, name="badge_page"),
    path("b/<uuid:public_id>/verify/", public.verify, name="verify"),
    path("b/<uuid:public_id>/embed/", public.embed, name="embed"),
    path("b/<uuid:public_id>/sharing/", sharing.consent, name="sharing"),
    path("b/<uuid:public_id>/share/", sharing.share, name="share"),
    path("b/<uuid:public_id>/share/<slug:way>/", sharing.share_at, name="share_at"),
    path("b/<uuid:public_id>/shared/", sharing.shared, name="shared"),
    path("b/<uuid:public_id>/letter/<str:token>/", public.letter, name="letter"),
    path("oembed", public.oembed, name="oembed"),
    path("b/<uuid:public_id>/credential.json", documents.credential, name="credential"),
    path("b/<uuid:public_id>/credential.jwt", documents.token, name="token"),
    path("b/<uuid:public_id>/badge.png", documents.baked_png, name="baked_png"),
    path("b/<uuid:public_id>/badge.svg", documents.baked_svg, name="baked_svg"),
    path("achievements-of/<uuid:public_id>/", documents.achievement, name="achievement"),
    path("issuers/<uuid:public_id>/", public.issuer, name="issuer"),
    path("issuers/<uuid:public_id>/did.json", documents.did, name="did"),
    path("issuers/<uuid:public_id>/keys/<int:key_id>/", documents.key, name="key"),
    path("issuers/<uuid:public_id>/status/<int:number>/", documents.status_list, name="status_list"),
    path("badge-providers/", providers.list_, name="providers"),
    path("badge-providers/create/", providers.create, name="provider_create"),
    path("badge-providers/<int:provider_id>/", providers.profile, name="provider"),
    path("badge-providers/<int:provider_id>/edit/", providers.edit, name="provider_edit"),
    path("badge-providers/<int:provider_id>/templates/", providers.templates, name="provider_templates"),
    path(
        "badge-providers/<int:provider_id>/templates/<int:template_id>/import/",
        provider_acts.import_,
        name="provider_import",
    ),
    path("badge-providers/<int:provider_id>/refresh/", provider_acts.refresh, name="provider_refresh"),
    path("badge-providers/<int:provider_id>/test/", provider_acts.test, name="provider_test"),
    path("badge-providers/<int:provider_id>/pause/", provider_acts.pause, name="provider_pause"),
    path("badge-providers/<int:provider_id>/ask-now/", provider_acts.ask_now, name="provider_ask_now"),
    path("badge-providers/<int:provider_id>/resume/", provider_acts.resume, name="provider_resume"),
    path("badge-providers/<int:provider_id>/webhook/", provider_acts.webhook, name="provider_webhook"),
    path("badge-providers/<int:provider_id>/keys/", provider_acts.rotate, name="provider_rotate"),
    path("webhooks/<uuid:public_id>/<secret:secret>/", webhooks.webhook, name="webhook"),
]
