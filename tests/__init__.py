"""Packhouse's tests."""
