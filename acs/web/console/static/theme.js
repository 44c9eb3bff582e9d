// Before anything is drawn: the theme that the reader has chosen, if any.
"use strict";
{
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
}
