"""Shared craft without any noun: files, pictures, sounds, texts, archives, films. Knows no project and no page."""
