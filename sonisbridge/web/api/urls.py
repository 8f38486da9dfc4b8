"""The read-only calls for an institution's own reports."""

from django.urls import URLPattern

PAGES: list[URLPattern] = []
