"""Public tracking."""

from django.urls import path

from tracking import views

app_name = "tracking"
urlpatterns = [
    path("track/", views.search, name="search"),
    path("track/<str:number>/", views.item, name="item"),
]
