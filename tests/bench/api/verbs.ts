/**
 * The verbs on single objects: rate, latency and the server's processor time, at one client and at fifty.
 *
 * The numbers beside ours are kube-apiserver 1.36 with etcd 3.7 and client-go on two such cores, measured once on a quiet machine.
 *
 * @module
 */
import { atLeast, atMost, type Figure, percentile } from "../report.ts";
import { drive, type Driven, type Load } from "./drive.ts";
import type { Server } from "./raw_client.ts";

const NAMESPACE = "/api/v1/namespaces/default";
const MAPS = `${NAMESPACE}/configmaps`;
const PODS = `${NAMESPACE}/pods`;

/** What kube-apiserver does at 50 clients. */
interface Theirs {
  readonly perSecond: number;
  /** p99 in milliseconds, where it is known. */
  readonly p99?: number;
  /** Server processor time of one call, in milliseconds. */
  readonly cpuMs?: number;
}

/** One verb. */
interface Case {
  readonly name: string;
  readonly clients: number;
  readonly make: Load["make"];
  readonly theirs?: Theirs;
  /** How many times kube-apiserver's rate is wanted. */
  readonly times?: number;
}

/** Names are given anew for each run, so that creates never meet. */
function cases(requests: number): Case[] {
  const text = "x".repeat(1000);
  const map = (name: string, value: string) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { text, value },
    });
  const pod = (name: string) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { app: "bench" } },
      spec: {
        schedulerName: "nobody",
        containers: [{ name: "main", image: "example.org/bench:1" }],
      },
    });
  const at = (n: number, count = requests) => n % count;
  return [
    {
      name: "create ConfigMap",
      clients: 1,
      make: (n) => ({ method: "POST", path: MAPS, body: map(`one-${n}`, "") }),
      theirs: { perSecond: 408 },
    },
    {
      name: "get ConfigMap",
      clients: 1,
      make: (n) => ({ method: "GET", path: `${MAPS}/one-${at(n)}` }),
      theirs: { perSecond: 742 },
    },
    {
      name: "create ConfigMap",
      clients: 50,
      make: (n) => ({ method: "POST", path: MAPS, body: map(`many-${n}`, "") }),
      theirs: { perSecond: 1205, p99: 95, cpuMs: 1.5 },
      times: 3,
    },
    {
      name: "get ConfigMap",
      clients: 50,
      make: (n) => ({ method: "GET", path: `${MAPS}/many-${at(n)}` }),
      theirs: { perSecond: 3223, cpuMs: 0.5 },
      times: 2,
    },
    {
      name: "update ConfigMap",
      clients: 50,
      make: (n) => ({
        method: "PUT",
        path: `${MAPS}/many-${at(n)}`,
        body: map(`many-${at(n)}`, `${n}`),
      }),
      theirs: { perSecond: 977, cpuMs: 1.8 },
      times: 3,
    },
    {
      name: "merge patch ConfigMap",
      clients: 50,
      make: (n) => ({
        method: "PATCH",
        path: `${MAPS}/many-${at(n)}`,
        contentType: "application/merge-patch+json",
        body: JSON.stringify({ data: { value: `patched ${n}` } }),
      }),
    },
    {
      name: "delete ConfigMap",
      clients: 50,
      make: (n) => ({ method: "DELETE", path: `${MAPS}/many-${n}` }),
    },
    {
      name: "create Pod",
      clients: 50,
      make: (n) => ({ method: "POST", path: PODS, body: pod(`pod-${n}`) }),
      theirs: { perSecond: 768 },
      times: 3,
    },
    {
      name: "update Pod",
      clients: 50,
      make: (n) => ({
        method: "PATCH",
        path: `${PODS}/pod-${at(n)}`,
        contentType: "application/strategic-merge-patch+json",
        body: JSON.stringify({ metadata: { labels: { round: `${n}` } } }),
      }),
      theirs: { perSecond: 563 },
      times: 3,
    },
  ];
}

/** Runs all verbs. */
export async function verbs(
  server: Server & { readonly pid: number },
  options: { readonly requests: number; readonly say: (line: string) => void },
): Promise<Figure[]> {
  const { requests, say } = options;
  const figures: Figure[] = [];
  for (const one of cases(requests)) {
    say(`${one.name}, clients: ${one.clients}, requests: ${requests}`);
    const { clients, make } = one;
    figures.push(
      ...figuresOf(one, await drive(server, { clients, requests, make })),
    );
  }
  return figures;
}

function figuresOf(one: Case, driven: Driven): Figure[] {
  const { samples, perSecond, cpuMs } = driven;
  const name = `${one.name}, ${one.clients} ${
    one.clients === 1 ? "client" : "clients"
  }`;
  const p99 = percentile(samples, 0.99);
  const theirs = one.theirs;
  const rate = {
    name: `${name}: rate`,
    value: perSecond,
    unit: "/s",
    comparedWith: `p50 ${percentile(samples, 0.5).toFixed(2)} ms, p99 ${
      p99.toFixed(2)
    } ms${
      theirs === undefined
        ? ""
        : `; kube-apiserver ${theirs.perSecond}/s${
          theirs.p99 === undefined ? "" : `, p99 ${theirs.p99} ms`
        }`
    }`,
  };
  const cpu = {
    name: `${name}: server CPU a call`,
    value: cpuMs,
    unit: "ms",
    ...(theirs?.cpuMs === undefined
      ? {}
      : { comparedWith: `kube-apiserver ${theirs.cpuMs} ms` }),
  };
  return [
    theirs !== undefined && one.times !== undefined
      ? atLeast(rate, theirs.perSecond * one.times)
      : rate,
    theirs?.cpuMs === undefined ? cpu : atMost(cpu, theirs.cpuMs / 3),
  ];
}
