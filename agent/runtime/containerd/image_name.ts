/**
 * Whether a text names an image.
 *
 * Grammar: distribution/reference, reference.go: `[domain/]path[:tag][@digest]`.
 *
 * @module
 */

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN =
  `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const NAME = new RegExp(
  `^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*` +
    "(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?" +
    "(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$",
);

/** What is wrong with an image's name; undefined when it is fine. */
export function imageNameProblem(image: string): string | undefined {
  if (NAME.test(image)) return undefined;
  const lower = image.toLowerCase();
  const path = image.replace(/[:@].*$/, "");
  const hint = lower !== image && NAME.test(lower)
    ? `: repository name (${
      path.includes("/") ? path : `library/${path}`
    }) must be lowercase`
    : "";
  return `couldn't parse image name "${image}": invalid reference format${hint}`;
}
