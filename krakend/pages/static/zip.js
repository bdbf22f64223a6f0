// Reading a ZIP archive (APPNOTE.TXT 6.3, sections 4.3 and 4.4): the texts of its files, packed by deflate or not at all.

const END = 0x06054b50; // end of central directory record
const ENTRY = 0x02014b50; // central directory file header
const MOST_BYTES = 50_000_000; // of what is unpacked

/** The texts (UTF-8) by file name. Throws an Error where it is no archive that can be read, `broken` being its text. */
export async function unzip(buffer, broken) {
  const view = new DataView(buffer);
  const files = {};
  let bytes = 0;
  try {
    let [at, count] = directory(view);
    for (; count > 0; count -= 1) {
      if (view.getUint32(at, true) !== ENTRY) throw new Error("no entry");
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
      const name = new TextDecoder().decode(new Uint8Array(buffer, at + 46, nameLength));
      const content = await unpack(view, at, MOST_BYTES - bytes);
      bytes += content.byteLength;
      files[name] = new TextDecoder("utf-8", { fatal: true }).decode(content);
      at += 46 + nameLength + extra + comment;
    }
  } catch {
    throw new Error(broken);
  }
  return files;
}

/** Where the central directory begins, and how many files it names. */
function directory(view) {
  for (let at = view.byteLength - 22; at >= 0; at -= 1) {
    if (view.getUint32(at, true) === END) return [view.getUint32(at + 16, true), view.getUint16(at + 10, true)];
  }
  throw new Error("no directory");
}

async function unpack(view, entry, most) {
  const [method, packed, local] = [view.getUint16(entry + 10, true), view.getUint32(entry + 20, true), view.getUint32(entry + 42, true)];
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const bytes = new Uint8Array(view.buffer, start, packed);
  if (method === 0) return bytes;
  if (method !== 8) throw new Error("packed in another way");
  // The size in the directory is only what somebody says: it is counted while it comes.
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) throw new Error("too large");
    parts.push(value);
  }
  return new Blob(parts).arrayBuffer();
}
