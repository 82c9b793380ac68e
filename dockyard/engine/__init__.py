"""Pulumi's engine: found or built, prepared for a lab, and driven. Pulumi is known only here."""
