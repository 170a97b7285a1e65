/**
 * /livez, /readyz, /healthz: is the server alive, may it get traffic.
 *
 * @module
 */

/** One thing that must be well. */
export interface HealthCheck {
  readonly name: string;
  /** Whether a process that fails it should be restarted; others only hold traffic back. */
  readonly live: boolean;
  /** What is wrong; undefined when all is well. */
  check(): string | undefined;
}

/** Which question is asked. */
export type HealthKind = "livez" | "readyz" | "healthz";

/** Answers a health question; `?verbose` and `?exclude=` as Kubernetes has them. */
export function answerHealth(
  kind: HealthKind,
  checks: readonly HealthCheck[],
  options: { readonly path: string; readonly params: URLSearchParams },
): Response {
  const { path, params } = options;
  const asked = checks.filter((check) => kind !== "livez" || check.live);
  const single = path.slice(kind.length + 2);
  if (single !== "") {
    const check = asked.find(({ name }) => name === single);
    if (check === undefined) return text(404, "404 page not found\n");
    const problem = check.check();
    return problem === undefined ? text(200, "ok") : text(500, failure(check));
  }
  const excluded = new Set(params.getAll("exclude"));
  const lines: string[] = [];
  let failed = false;
  for (const check of asked) {
    if (excluded.has(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const problem = check.check();
    failed ||= problem !== undefined;
    lines.push(problem === undefined ? `[+]${check.name} ok` : failure(check));
  }
  if (failed) {
    return text(500, `${lines.join("\n")}\n${kind} check failed\n`);
  }
  if (params.has("verbose")) {
    return text(200, `${lines.join("\n")}\n${kind} check passed\n`);
  }
  return text(200, "ok");
}

/** Anyone may ask, so the reason stays in the log. */
function failure(check: HealthCheck): string {
  return `[-]${check.name} failed: reason withheld`;
}

function text(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-cache, private",
      "x-content-type-options": "nosniff",
    },
  });
}
