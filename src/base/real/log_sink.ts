/**
 * Where log records go: one line each on stderr, for people or for machines.
 *
 * @module
 */
import type { LogFields, LogLevel } from "../host.ts";
import { messageOf } from "../errors.ts";

/** How a line looks. */
export type LogFormat = "text" | "json";

const RANK: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  info: 1,
  warn: 2,
  error: 3,
};

/** Writes log records. */
export class LogSink {
  readonly #level: number;
  readonly #format: LogFormat;
  readonly #write: (line: string) => void;

  /** A sink for records of some level and above. */
  constructor(options: {
    /** The least important level to be written. @default "info" */
    level?: LogLevel;
    /** @default "text" */
    format?: LogFormat;
    /** Takes one line with its end. @default stderr */
    write?: (line: string) => void;
  } = {}) {
    this.#level = RANK[options.level ?? "info"];
    this.#format = options.format ?? "text";
    this.#write = options.write ?? writeToStderr;
  }

  /** Writes one record. @param at wall-clock time */
  log(
    at: number,
    level: LogLevel,
    record: { message: string; fields?: LogFields },
  ): void {
    if (RANK[level] < this.#level) return;
    const time = new Date(at).toISOString();
    const fields = record.fields ?? {};
    this.#write(
      this.#format === "json"
        ? jsonLine({ time, level, message: record.message }, fields)
        : textLine(`${time} ${level.toUpperCase().padEnd(5)}`, {
          message: record.message,
          fields,
        }),
    );
  }
}

function jsonLine(
  head: Readonly<Record<string, string>>,
  fields: LogFields,
): string {
  // the head comes last, so that no field of the same name can hide it, and is listed first
  const line: Record<string, unknown> = { ...head };
  for (const [name, value] of Object.entries(fields)) {
    if (!(name in head)) line[name] = plain(value);
  }
  return `${stringify(line)}\n`;
}

function textLine(
  head: string,
  record: { message: string; fields: LogFields },
): string {
  let line = `${head} ${oneLine(record.message)}`;
  for (const [name, value] of Object.entries(record.fields)) {
    if (value === undefined) continue;
    const form = plain(value);
    const text = typeof form === "string" ? form : stringify(form);
    line += ` ${name}=${
      text !== "" && /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
    }`;
  }
  return `${line}\n`;
}

/** An error's text and trace; every other value as it is. */
function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return value.cause === undefined
    ? messageOf(value)
    : `${messageOf(value)} (${messageOf(value.cause)})`;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(
      value,
      (_key, inner) => typeof inner === "bigint" ? String(inner) : plain(inner),
    ) ?? String(value);
  } catch {
    return '"unprintable"'; // a cycle: a log call must never throw
  }
}

function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}

/** Never throws: a program whose stderr is gone goes on without. */
function writeToStderr(line: string): void {
  const bytes = new TextEncoder().encode(line);
  try {
    for (let at = 0; at < bytes.length;) {
      at += Deno.stderr.writeSync(bytes.subarray(at));
    }
  } catch {
    // closed, or a full pipe that does not block
  }
}
