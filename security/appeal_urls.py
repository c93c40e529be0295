"""The page of the link that somebody who was suspended got by mail."""

from django.urls import path

from security import appeals

app_name = "suspension"
urlpatterns = [path("<str:token>/", appeals.appeal, name="appeal")]
