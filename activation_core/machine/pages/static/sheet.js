// The sheet is printed by a button as well; the browser's own menu is enough.

const print = document.getElementById("print");

print.hidden = false;
print.addEventListener("click", () => window.print());
