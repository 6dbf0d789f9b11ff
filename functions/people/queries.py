"""Reads users for responses."""

from lib import db


def staff() -> bytes:
    """Active employees and administrators, by name."""
    return db.read.json(
        """
        select coalesce(json_agg(json_build_object(
            'id', id, 'name', first_name || ' ' || last_name, 'first_name', first_name, 'last_name', last_name,
            'email', email, 'role', role, 'avatar', avatar) order by first_name, last_name, id), '[]')::text
        from users where role in ('EMPLOYEE', 'ADMIN', 'SUPER_ADMIN') and is_active
        """
    )
