// Sorts a table by a column; rows inside another one stay below it. The page reads well without.
const units = { "\u00b5s": 1e-6, ms: 1e-3, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
for (const table of document.querySelectorAll(".rnncli table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const groups = [];
  for (const row of body.rows) {
    if (Number(row.dataset.depth) && groups.length) groups.at(-1).push(row);
    else groups.push([row]);
  }
  const value = (group, column) => {
    const text = group[0].cells[column].textContent.trim();
    const [, digits, unit] = /^([\d.,]+)(?: (bytes|[kMGT]B|[m\u00b5]?s))?$/.exec(text) ?? [];
    return digits ? Number(digits.replaceAll(",", "")) * (units[unit] ?? 1) : text;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = [...groups].sort((one, other) => {
        const [a, b] = [value(one, column), value(other, column)];
        const both = typeof a === "number" && typeof b === "number";
        return both ? a - b : String(a).localeCompare(String(b));
      });
      if (down) sorted.reverse();
      body.append(...sorted.flat());
    });
  });
}
