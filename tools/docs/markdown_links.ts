/**
 * Links between the repository's pages.
 *
 * @module
 */

/** A link that leads nowhere. */
export interface BrokenLink {
  /** As it is written. */
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

/** What pages are looked up in. */
export interface Pages {
  /** The text of a page, or undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Whether there is such a file or folder. */
  exists(path: string): Promise<boolean>;
}

const LINK = /\[[^\]]*\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g;
const FENCE = /^\s*(```|~~~)/;

/**
 * Links of a page that lead to no file, or to no heading of their page. Links to other sites are left alone.
 *
 * @param page its absolute path and text
 */
export async function brokenLinks(
  page: { path: string; text: string },
  pages: Pages,
): Promise<BrokenLink[]> {
  const broken: BrokenLink[] = [];
  for (const { target, line } of linksOf(page.text)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    const url = new URL(target, `file://${page.path}`);
    const path = decodeURIComponent(url.pathname);
    const anchor = decodeURIComponent(url.hash.slice(1));
    const found = await pages.exists(path) &&
      (anchor === "" || hasHeading(await pages.read(path) ?? "", anchor));
    if (!found) broken.push({ target, line });
  }
  return broken;
}

/** All links of a page outside of code. */
function linksOf(text: string): BrokenLink[] {
  const links: BrokenLink[] = [];
  for (const { line, source } of proseOf(text)) {
    const prose = source.replaceAll(/`[^`]*`/g, "");
    for (const [, target = ""] of prose.matchAll(LINK)) {
      links.push({ target, line });
    }
  }
  return links;
}

/** The lines that are not in a code block. */
function* proseOf(text: string): Generator<{ line: number; source: string }> {
  let fenced = false;
  for (const [i, source] of text.split("\n").entries()) {
    if (FENCE.test(source)) fenced = !fenced;
    else if (!fenced) yield { line: i + 1, source };
  }
}

/** Whether a page has a heading that this anchor names, by the rule of code hosts. */
function hasHeading(text: string, anchor: string): boolean {
  const seen = new Map<string, number>();
  for (const { source } of proseOf(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(source)?.[1];
    if (heading === undefined) continue;
    const slug = heading.toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    if (anchor === (count === 0 ? slug : `${slug}-${count}`)) return true;
  }
  return false;
}
