"""The older stack, as an able team runs it: FastAPI, SQLAlchemy's ORM, psycopg2, one uvicorn process. See README.md."""
