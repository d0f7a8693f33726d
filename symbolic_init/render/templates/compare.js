(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("comparison"), said = document.getElementById("said");
  const known = (name) => Object.hasOwn(data, name);
  const wanted = () => [...new Set(decodeURIComponent(location.hash.slice(1)).split(",").filter(Boolean))];
  const cell = (row, html) => { const made = row.insertCell(); made.innerHTML = html; return made; };
  const show = () => {
    const names = wanted().filter(known), unknown = wanted().filter((name) => !known(name));
    for (const row of table.rows) while (row.cells.length > 1) row.deleteCell(1);
    for (const name of names) {
      const head = document.createElement("th"), link = document.createElement("a"), remove = document.createElement("button");
      head.scope = "col";
      link.href = `activations/${name}.html`;
      link.textContent = name;
      remove.type = "button";
      remove.textContent = "Remove";
      remove.setAttribute("aria-label", `remove ${name}`);
      remove.addEventListener("click", () => { location.hash = wanted().filter((other) => other !== name).join(","); });
      head.append(link, " ", remove);
      table.tHead.rows[0].append(head);
      for (const row of table.tBodies[0].rows) cell(row, data[name][row.dataset.key]).dataset.name = name;
    }
    table.hidden = names.length === 0;
    said.textContent = unknown.length ? `Not in the atlas: ${unknown.join(", ")}` : names.length ? "" : "Add two or more activations to see them side by side.";
  };
  document.getElementById("add").addEventListener("submit", (event) => {
    event.preventDefault();
    const box = document.getElementById("name"), name = box.value.trim();
    if (!known(name)) { said.textContent = `Not in the atlas: ${name}`; return; }
    box.value = "";
    location.hash = [...wanted(), name].join(",");
  });
  addEventListener("hashchange", show);
  show();
})();
