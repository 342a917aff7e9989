"""Test sets composited from foregrounds and backgrounds."""
