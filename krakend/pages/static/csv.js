// CSV files (RFC 4180): reading what a registrar uploads, and offering what was looked at.

/** The rows of a file as arrays of cells, with the line each begins in: [{line, cells}]. Empty lines are left out. */
export function readCsv(text) {
  const rows = [];
  let [cells, cell, quoted, line, began] = [[], "", false, 1, 1];
  const endRow = () => {
    cells.push(cell);
    if (cells.some((one) => one.trim())) rows.push({ line: began, cells });
    [cells, cell] = [[], ""];
  };
  const content = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  for (let at = 0; at < content.length; at += 1) {
    const sign = content[at];
    if (sign === "\n") line += 1;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (content[at + 1] === '"') cell += content[(at += 1)];
      else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === ",") {
      cells.push(cell);
      cell = "";
    } else if (sign === "\n") {
      endRow();
      began = line;
    } else cell += sign;
  }
  if (cell || cells.length) endRow();
  return rows;
}

/** The text of a file. A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP). */
export function writeCsv(rows) {
  const cell = (value) => {
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : `${value ?? ""}`;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** `content`: a Blob, or the text of a CSV file. */
export function download(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
