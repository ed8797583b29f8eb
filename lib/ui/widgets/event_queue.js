// What a person does in a component goes into a queue, and to the server as the trigger "event": {from, events: [{n, …}]}, all of
// the queue each time, until the server says how far it has heard: {from, until}. A trigger may be overwritten by the next one, and
// the server drops one while it is busy. event_queue.py is the other end; table.js keeps its own queue, over a reload too.
//
//   const queue = openQueue(root, data.heard, setTriggerValue);    at each update; the same one as long as `root` stands
//   queue.tell({ action, id });                                    queue.waiting: what nobody has heard yet

function openQueue(root, heard, setTriggerValue) {
  const queue = root.queue ||= { me: Math.random().toString(36).slice(2), count: 0, waiting: [] };
  queue.waiting = queue.waiting.filter(event => heard.from !== queue.me || event.n > heard.until);
  queue.send = () => setTriggerValue("event", { from: queue.me, events: queue.waiting });
  queue.tell = event => {
    queue.waiting.push({ ...event, n: ++queue.count });
    queue.send();
    remind();
  };
  return queue;

  // Says it again as long as nobody has heard.
  function remind() {
    clearTimeout(queue.reminder);
    queue.reminder = setTimeout(() => {
      if (!queue.waiting.length || !root.isConnected) return;
      queue.send();
      remind();
    }, 1500);
  }
}
