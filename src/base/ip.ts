/**
 * IP addresses as bytes.
 *
 * @module
 */

/** The 4 or 16 bytes of an address, or undefined when the text is not one. IPv4 inside IPv6 (`::ffff:10.0.0.1`) is understood. */
export function parseIp(text: string): Uint8Array<ArrayBuffer> | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    // no leading zeros: some readers take them for octal
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) {
      return undefined;
    }
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = withoutDots(text);
  const halves = plain?.split("::") ?? [];
  if (halves.length === 0 || halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) {
    return undefined;
  }
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = tail === undefined
    ? head
    : [...head, ...new Array<number>(missing).fill(0), ...tail];
  return new Uint8Array(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Writes an IPv4 address at the end as the two groups that it stands for; undefined when it is not one. */
function withoutDots(text: string): string | undefined {
  if (!text.includes(".")) return text;
  const at = text.lastIndexOf(":") + 1;
  const bytes = parseIpv4(text.slice(at));
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  const groups = [0, 2].map((offset) => view.getUint16(offset).toString(16));
  return text.slice(0, at) + groups.join(":");
}

/** The 16-bit groups of one side of `::`. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}
