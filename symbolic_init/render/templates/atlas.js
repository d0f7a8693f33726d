(() => {
  const table = document.getElementById("atlas"), body = table.tBodies[0], rows = [...body.rows];
  const search = document.getElementById("search"), count = document.getElementById("count");
  const compare = document.getElementById("compare");
  const chosen = () => rows.map((row) => row.querySelector("input")).filter((box) => box.checked).map((box) => box.value);
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.dataset.words.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    count.textContent = shown === 1 ? "1 activation" : `${shown} activations`;
    document.getElementById("nothing").hidden = shown > 0;
  };
  const choose = () => {
    const names = chosen();
    compare.disabled = names.length === 0;
    compare.textContent = names.length ? `Compare ${names.length} chosen` : "Compare chosen";
  };
  const sort = (head) => {
    const down = head.getAttribute("aria-sort") === "ascending", column = head.cellIndex;
    for (const other of head.parentNode.cells) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[column].dataset.sort, sign = down ? -1 : 1;
    const order = (a, b) => {
      const [x, y] = [key(a), key(b)], [m, n] = [Number(x), Number(y)];
      if (Number.isNaN(m) || Number.isNaN(n)) return sign * x.localeCompare(y);
      if ((m === 1e300) !== (n === 1e300)) return m === 1e300 ? 1 : -1;
      return sign * (m - n);
    };
    body.append(...[...rows].sort(order));
  };
  search.addEventListener("input", filter);
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) sort(button.closest("th"));
  });
  body.addEventListener("change", choose);
  document.getElementById("tools").addEventListener("submit", (event) => {
    event.preventDefault();
    if (document.activeElement !== search && chosen().length) location.href = `compare.html#${chosen().join(",")}`;
  });
  filter();
  choose();
})();
