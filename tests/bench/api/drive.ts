/**
 * Sends requests from some clients at once, each its next when it has its answer, and measures what they and the server's processor see.
 *
 * @module
 */
import { cpuSeconds } from "../process_figures.ts";
import { RawClient, type RawRequest, type Server } from "./raw_client.ts";

/** A load. */
export interface Load {
  readonly clients: number;
  readonly requests: number;
  /** The request with a number, from 0. */
  readonly make: (number: number) => RawRequest;
  /** Called with each answer's text. */
  readonly onAnswer?: (text: string, number: number) => void;
}

/** What became of it. */
export interface Driven {
  /** Milliseconds of each request. */
  readonly samples: readonly number[];
  readonly perSecond: number;
  /** Milliseconds of the server's processor for each request. */
  readonly cpuMs: number;
  /** Mean length of the answers' bodies. */
  readonly bytes: number;
}

/** Runs a load. @throws {Error} for an answer other than 200 and 201 */
export async function drive(
  server: Server & { readonly pid: number },
  load: Load,
): Promise<Driven> {
  const clients = await Promise.all(
    Array.from({ length: load.clients }, () => RawClient.open(server)),
  );
  const samples: number[] = [];
  let next = 0;
  let bytes = 0;
  try {
    const cpu = await cpuSeconds(server.pid);
    const began = performance.now();
    await Promise.all(clients.map(async (client) => {
      while (next < load.requests) {
        const number = next++;
        const request = load.make(number);
        const start = performance.now();
        const answer = await client.ask(request);
        samples.push(performance.now() - start);
        if (answer.status !== 200 && answer.status !== 201) {
          throw new Error(
            `${request.method} ${request.path}: ${answer.status} ${answer.text}`,
          );
        }
        bytes += answer.bytes;
        load.onAnswer?.(answer.text, number);
      }
    }));
    const ms = performance.now() - began;
    return {
      samples,
      perSecond: samples.length / ms * 1000,
      cpuMs: (await cpuSeconds(server.pid) - cpu) * 1000 / samples.length,
      bytes: bytes / samples.length,
    };
  } finally {
    for (const client of clients) client.close();
  }
}
