// Renders a Mermaid text in the page, and gives the pairs of texts of which the labels or boxes lie on one another.
async ([text, number]) => {
  document.body.innerHTML = (await mermaid.render(`drawn${number}`, text)).svg;
  const drawn = [...document.querySelectorAll("g.edgeLabel, g.node")]
    .map((element) => [element.textContent.trim(), element.getBoundingClientRect()])
    .filter(([words]) => words);
  const overlap = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return drawn.flatMap(([words, at], index) =>
    drawn.slice(index + 1).filter(([, other]) => overlap(at, other)).map(([others]) => [words, others])
  );
}
