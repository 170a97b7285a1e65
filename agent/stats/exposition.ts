/**
 * Metrics as text, as Prometheus reads them.
 *
 * @module
 * @see {@link https://prometheus.io/docs/instrumenting/exposition_formats/}
 */

/** Labels by name; in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

/** What a metric is. */
export type MetricType = "counter" | "gauge" | "histogram";

/** The content type of the text. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Family {
  readonly type: MetricType;
  readonly help: string;
  readonly lines: string[];
}

/** Gathers metrics; a name without any value is not written. */
export class Exposition {
  readonly #families = new Map<string, Family>();

  /** Names a metric, so that values of it can be added. */
  describe(name: string, type: MetricType, help: string): void {
    this.#families.set(name, { type, help, lines: [] });
  }

  /**
   * Adds a value; nothing when it is not known.
   *
   * @param options.at milliseconds since 1970, where the value is of another time than now
   * @param options.suffix of a histogram's parts: `_bucket`, `_sum`, `_count`
   */
  add(
    name: string,
    value: number | undefined,
    options: {
      readonly labels?: Labels;
      readonly at?: number;
      readonly suffix?: string;
    } = {},
  ): void {
    if (value === undefined) return;
    const family = this.#families.get(name);
    if (!family) throw new Error(`Could not add a value: no metric "${name}"`);
    const { labels = {}, at, suffix = "" } = options;
    const time = at === undefined ? "" : ` ${Math.floor(at)}`;
    family.lines.push(
      `${name}${suffix}${labelText(labels)} ${numberText(value)}${time}`,
    );
  }

  /** All of it, names in order. */
  text(): string {
    const parts: string[] = [];
    for (
      const [name, { type, help, lines }] of [...this.#families].sort(byName)
    ) {
      if (lines.length === 0) continue;
      parts.push(
        `# HELP ${name} ${escapeHelp(help)}`,
        `# TYPE ${name} ${type}`,
      );
      for (const line of lines) parts.push(line);
    }
    return parts.map((line) => `${line}\n`).join("");
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) =>
    `${name}="${escapeLabel(value)}"`
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
