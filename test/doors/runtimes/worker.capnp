# Without any of Node: the client needs none of it.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.ts", esModule = embed "worker.js"),
    (name = "story.ts", esModule = embed "story.js"),
    (name = "countersign/client", esModule = embed "node_modules/countersign/dist/client/index.js"),
  ],
  compatibilityDate = "2026-11-01",
);
