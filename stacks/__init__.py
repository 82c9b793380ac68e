"""What Pulumi creates: every ready-made stack's description, and the one program of them all."""
