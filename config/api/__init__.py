"""The public API, version 1: assembles the rooms' routers, holds no domain logic."""
