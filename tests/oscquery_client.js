// Finds an OSCQuery service by mDNS and prints all that it offers; used by tests/oscquery_host.py.
const { OSCQueryDiscovery } = require("oscquery");

const discovery = new OSCQueryDiscovery();
discovery.on("up", (service) => {
  console.log(JSON.stringify({ host: service.hostInfo, methods: service.flat() }));
  discovery.stop();
  process.exit(0);
});
discovery.start();
