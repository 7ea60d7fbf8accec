"""What is kept, and how: tables, compiled statements, transactions with their audit rows, the key ring's file.

Implements the ports of ``validate_service.core.ports``; nothing here decides anything.
"""
