"""专班与项目: many cases with one cause become a project, and what it needs is matched with what partners offer.

`nearness` is pure. `opening`, `progress`, `closing` are a project's course; `sharing` keeps resources, needs and what
is given; `three_lists` writes 资源清单, 需求清单 and 项目清单 as files.
"""
