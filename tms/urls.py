"""Every address of the product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from tms import views
from tms.attention import views as attention
from tms.audit import views as audit

handler400 = "tms.errors.bad_request"
handler500 = "tms.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("", include("organizations.urls")),
    path("needs-attention/", attention.page, name="attention"),
    path("needs-attention/count/", attention.count, name="attention_count"),
    path("needs-attention/people/<int:user_id>/address/", attention.address, name="attention_address"),
    path("needs-attention/badges/<int:badge_id>/template/", attention.template, name="attention_template"),
    path("needs-attention/retry/", attention.retry, name="attention_retry"),
    path("audit/", audit.audit, name="audit"),
    path("search/", views.search, name="search"),
    path("language/", views.choose_language, name="choose_language"),
    path("lists/columns/", views.save_columns, name="save_columns"),
    path("health/", views.health, name="health"),
    path("metrics", views.metrics, name="metrics"),
    path("health/alive/", views.alive, name="alive"),
    re_path(r"^media/(?P<path>(?:badges|logos|paths)/[\w-]+\.(?:png|jpe?g|webp|svg))$", views.media, name="media"),
    path("", include("listing.urls")),
    path("", include("badges.urls")),
    path("", include("courses.urls")),
    path("", include("classes.urls")),
    path("", include("achievements.urls")),
    path("admin/", admin.site.urls),
]
