"""Every parameter of a recipe, declared once: type, default, range, group and its words in English and Chinese.

One mixin a group; `services.recipes.recipe.Recipe` inherits them all. A new parameter is one field here.
"""
