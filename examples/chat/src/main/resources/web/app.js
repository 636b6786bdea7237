// The try-it page. Parts, in this order: settings, places (nodes), ways, the raw log, devices (sockets), panels (users),
// the board, the demo. Whatever came from the network reaches the page as text only (textContent), never as markup.

const LIMITS = { conversation: 200, ways: 100, raw: 500, text: 2000, matchMs: 30_000 };
const BACKOFF = { firstMs: 500, maxMs: 15_000, maxHintMs: 60_000, steadyMs: 5_000 };
const HEALTH = { timeoutMs: 2_000, everyMs: 5_000 };

const SUBPROTOCOL = 'distributed-sockets.v1'; // presence; without it the page would do the rest just as well

const query = new URLSearchParams(location.search);
const secure = location.protocol === 'https:';
const byId = id => document.getElementById(id);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
const millis = ms => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
const short = text => text.length > LIMITS.text ? `${text.slice(0, LIMITS.text)}…` : text;
const shown = body => short(typeof body === 'string' ? body : JSON.stringify(body));
const pause = ms => new Promise(done => setTimeout(done, ms));

/** The frame as an object, or null if it is none. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Keeps a list bounded: drops children from its old end. */
function bound(list, limit, oldest) {
  while (list.childElementCount > limit) list[oldest].remove();
}

/** Runs the change; a view that was at its end stays there. */
function keepingEnd(view, change) {
  const atEnd = view.scrollHeight - view.scrollTop - view.clientHeight < 40;
  change();
  if (atEnd) view.scrollTop = view.scrollHeight;
}

// ---------------------------------------------------------------------------------------------- places

/** A node as this page sees it: an address, and what its /health says. */
class Place {
  node = null;
  health = 'UNKNOWN';
  reasons = [];

  constructor(address) {
    this.address = address;
  }

  get label() {
    return this.node ?? this.address;
  }

  get foreign() {
    return this.address !== location.host;
  }

  socketUrl(user) {
    return `${secure ? 'wss' : 'ws'}://${this.address}/ws?user_id=${encodeURIComponent(user)}`;
  }

  async refresh() {
    try {
      const answer = await fetch(`${location.protocol}//${this.address}/health`,
          { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(HEALTH.timeoutMs) });
      const { node, status, reasons } = await answer.json();
      if (typeof node === 'string' && node) this.node = node;
      this.health = typeof status === 'string' ? status : 'UNKNOWN';
      this.reasons = Array.isArray(reasons) ? reasons.map(String) : [];
    } catch {
      this.health = 'UNREADABLE';
      this.reasons = [];
    }
    renderAll();
  }
}

const isAddress = text => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(text);
const isLoopback = host => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);

/** The other node's address and, where there is none, the sentence that says why. */
async function findPeer() {
  const asked = query.get('peer');
  if (asked) return isAddress(asked) ? { address: asked } : { why: 'The address in ?peer= is not host:port.' };
  try {
    const answer = await fetch('config.json', { cache: 'no-store', signal: AbortSignal.timeout(HEALTH.timeoutMs) });
    const { peer } = answer.ok ? await answer.json() : {};
    if (typeof peer === 'string' && isAddress(peer)) return { address: reachable(peer) };
  } catch {
    // The same as a server that names no peer.
  }
  return { why: 'No other node is known. Start one and name it with ?peer=host:port.' };
}

/** A server names its peer as it sees it: "localhost" means the server's machine, not the one this page is shown on. */
function reachable(peer) {
  const host = peer.replace(/:\d+$/, '');
  return isLoopback(host) && !isLoopback(location.hostname) ? peer.replace(host, location.hostname) : peer;
}

// ---------------------------------------------------------------------------------------------- ways

const MEANING = {
  sent: 'no receipt was asked for',
  pending: 'waiting for its receipt',
  accepted: 'the broker holds it, the other node has not answered',
  offline: 'no live connection',
  unavailable: 'could not be taken in time; it may still arrive',
  expired: 'its life ended on the way',
  lost: 'the socket closed before the receipt came',
};

/** One message, from the frame that was sent to its receipt and the frames that arrived in this page. */
class Way {
  static all = [];

  constructor(source, frame, sentAt) {
    this.source = { name: source.label, side: source.panel.side, node: source.place.label };
    this.target = frame.group === undefined ? { user: frame.to } : { group: frame.group };
    this.from = source.panel.user;
    this.body = frame.body;
    this.id = frame.id;
    this.sentAt = sentAt;
    this.status = frame.id === undefined ? 'sent' : 'pending';
    this.reached = new Map(); // device -> { name, side, node, ms }; ms is null until its frame has arrived
    for (const device of allDevices()) if (this.expects(device, source)) this.note(device, null);
    this.item = element('li');
    this.onChange = () => {};
    Way.all.push(this);
    if (Way.all.length > LIMITS.ways) Way.all.shift();
    byId('ways').prepend(this.item);
    bound(byId('ways'), LIMITS.ways, 'lastElementChild');
    byId('ways-empty').hidden = true;
    this.render();
  }

  expects(device, source) {
    if (device.state !== 'connected') return false;
    return this.target.group === undefined
      ? device.panel.user === this.target.user
      : device !== source && device.rooms.has(this.target.group);
  }

  note(device, ms) {
    this.reached.set(device, { name: device.label, side: device.panel.side, node: device.place.label, ms });
  }

  /** Frames carry no message id: an incoming one belongs to the oldest such message this device has not had yet. */
  static arrived(device, frame, now) {
    const body = JSON.stringify(frame.body);
    const way = Way.all.find(way => way.from === frame.from && way.target.user === frame.to
      && way.target.group === frame.group && now - way.sentAt < LIMITS.matchMs
      && (way.reached.get(device)?.ms ?? null) === null && JSON.stringify(way.body) === body);
    if (!way) return;
    way.note(device, now - way.sentAt);
    way.render();
  }

  settle(status, { connections, reason, at }) {
    this.status = status;
    this.connections = connections;
    this.reason = reason;
    if (at !== undefined) this.tookMs = at - this.sentAt;
    this.render();
  }

  get settled() {
    return this.status !== 'pending';
  }

  /** The receipt in words: status, then what is known of connections, reason and time. */
  get facts() {
    const facts = [];
    if (typeof this.connections === 'number') facts.push(plural(this.connections, 'connection'));
    if (this.reason) facts.push(this.reason);
    else if (MEANING[this.status] && !this.connections) facts.push(MEANING[this.status]);
    if (this.tookMs !== undefined) facts.push(millis(this.tookMs));
    return facts;
  }

  render() {
    const target = this.target.group === undefined ? this.target.user : `#${this.target.group}`;
    const title = element('p', 'title');
    const names = element('bdi', 'names', `${this.from} → ${target}`);
    names.title = names.textContent;
    title.append(names, element('q', 'preview', shown(this.body)),
        element('span', 'badge', this.status));
    this.item.dataset.status = this.status;
    if (this.id !== undefined) this.item.dataset.id = this.id;
    if (typeof this.connections === 'number') this.item.dataset.connections = this.connections;
    const facts = `${this.facts.join(' · ')}${this.tookMs === undefined ? '' : ' round trip'}`;
    this.item.replaceChildren(title, this.diagram(), element('p', 'facts quiet', facts));
    this.onChange();
  }

  diagram() {
    const picture = element('div', 'way');
    picture.append(chip(this.source.name, 'socket', this.source.side), arrow(), chip(this.source.node, 'node'));
    const branches = element('div', 'branches');
    for (const [node, sockets] of this.byNode()) {
      const branch = element('div', 'branch');
      if (node !== this.source.node) branch.append(arrow(), chip('bus', 'bus'), arrow(), chip(node, 'node'));
      const ends = element('span', 'ends');
      for (const socket of sockets) ends.append(this.end(socket));
      branch.append(arrow(), ends);
      branches.append(branch);
    }
    const elsewhere = this.elsewhere();
    if (elsewhere) {
      const branch = element('div', 'branch');
      branch.append(arrow(), chip(elsewhere, 'nobody'));
      branches.append(branch);
    }
    picture.append(branches);
    return picture;
  }

  byNode() {
    const nodes = new Map();
    for (const socket of this.reached.values()) nodes.set(socket.node, [...(nodes.get(socket.node) ?? []), socket]);
    return [...nodes].sort(([a], [b]) => (b === this.source.node) - (a === this.source.node));
  }

  end(socket) {
    const made = chip(socket.name, 'socket', socket.side);
    if (socket.ms === null) {
      made.classList.add('waiting');
      made.append(element('span', 'hidden', ' (not arrived)'));
    } else {
      made.append(' ', element('small', '', millis(socket.ms)));
    }
    return made;
  }

  /** What the receipt tells of sockets that this page does not hold. */
  elsewhere() {
    const here = [...this.reached.values()].filter(socket => socket.ms !== null).length;
    const more = this.settled ? (this.connections ?? 0) - here : 0;
    if (more > 0 && more > this.reached.size - here) return `${plural(more, 'connection')} outside this page`;
    if (this.reached.size > 0) return null;
    if (this.status === 'offline') return 'nobody there';
    if (this.status === 'error' || this.status === 'rejected') return 'not sent on';
    return 'nobody in this page';
  }
}

function chip(text, kind, side) {
  const made = element('span', `chip ${kind}${text.length > 9 ? ' long' : ''}`);
  if (side) made.dataset.side = side;
  made.append(element('bdi', '', text));
  made.title = text;
  return made;
}

function arrow() {
  const made = element('span', 'arrow');
  made.append(element('span', 'hidden', ' to '));
  return made;
}

// ---------------------------------------------------------------------------------------------- raw log

function logFrame(device, direction, text) {
  const row = element('li');
  row.dataset.direction = direction;
  const time = new Date();
  row.append(element('time', '', `${time.toLocaleTimeString('en-GB')}.${String(time.getMilliseconds()).padStart(3, '0')}`),
      element('bdi', 'device', device.label), element('span', 'direction', direction === 'out' ? '→ sent' : '← got'),
      element('code', '', text));
  const list = byId('raw-frames');
  keepingEnd(list.parentElement, () => {
    list.append(row);
    bound(list, LIMITS.raw, 'firstElementChild');
  });
  byId('raw-count').textContent = String(++logFrame.count);
}
logFrame.count = 0;

// ---------------------------------------------------------------------------------------------- devices

/** One socket of one user on one node; comes back by itself until it is told to stay away. */
class Device {
  static lastId = 0;

  state = 'disconnected'; // connecting, connected, reconnecting
  rooms = new Set();      // joined, or asked to join; a new connection joins them again
  present = new Map();    // room -> the users who are online in it, as the node says
  unanswered = [];        // { id, answer(status, receipt) } in the order sent
  failures = 0;
  problem = '';

  constructor(panel, number, place) {
    this.panel = panel;
    this.number = number;
    this.place = place;
  }

  get label() {
    const name = [...this.panel.user];
    return `${name.length > 14 ? `${name.slice(0, 12).join('')}…` : this.panel.user} ${this.number}`;
  }

  get wanted() {
    return this.state !== 'disconnected';
  }

  connect() {
    clearTimeout(this.timer);
    this.release();
    this.become('connecting');
    const socket = new WebSocket(this.place.socketUrl(this.panel.user), SUBPROTOCOL);
    this.socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.problem = '';
      this.steady = setTimeout(() => { this.failures = 0; }, BACKOFF.steadyMs);
      this.become('connected');
      this.place.refresh();
      for (const room of [...this.rooms]) this.join(room);
    };
    socket.onmessage = event => this.receive(event.data);
    socket.onclose = event => this.closed(event, opened);
  }

  disconnect(problem = '') {
    clearTimeout(this.timer);
    this.release();
    this.rooms.clear();
    this.failures = 0;
    this.problem = problem;
    this.become('disconnected');
  }

  /** Lets go of the socket; what it still has to say no longer counts. */
  release() {
    clearTimeout(this.steady);
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
    this.lose();
  }

  watch(room) {
    this.present.set(room, new Set());
    this.send(JSON.stringify({ watch_group: room }));
  }

  /** Who came and who went; the first time, who is there. */
  presence({ group, online, offline }) {
    const users = this.present.get(group);
    if (!users || !Array.isArray(online) || !Array.isArray(offline)) return;
    for (const user of online) users.add(String(user));
    for (const user of offline) users.delete(String(user));
    renderAll();
  }

  lose() {
    this.present.clear();
    for (const { answer } of this.unanswered.splice(0)) answer('lost', {});
  }

  closed({ code, reason }, opened) {
    this.socket = null;
    clearTimeout(this.steady);
    this.lose();
    this.place.refresh();
    const why = opened ? `Closed with code ${code}${reason ? ` (${reason})` : ''}.` : this.refusal(code);
    if (code === 1008) { // policy: trying again would not help
      this.disconnect(`${why} Not allowed, so it is not tried again by itself.`);
      return;
    }
    const delay = this.retryDelay(reason);
    this.problem = `${why} Next try in ${(delay / 1000).toFixed(1)} s.`;
    this.timer = setTimeout(() => this.connect(), delay);
    this.become('reconnecting');
  }

  refusal(code) {
    const origin = this.place.foreign ? ` If it is up, its ALLOWED_ORIGINS must contain ${location.origin}.` : '';
    return `No connection to ${this.place.address} (code ${code}).${origin}`;
  }

  /** The server's hint, spread by up to a fifth; without one, doubling waits of which half is chance. */
  retryDelay(reason) {
    const hint = /retry-after-ms=(\d+)/.exec(reason ?? '');
    if (hint) return Math.min(Number(hint[1]), BACKOFF.maxHintMs) * (1 + Math.random() / 5);
    const wait = Math.min(BACKOFF.firstMs * 2 ** this.failures++, BACKOFF.maxMs);
    return wait / 2 + Math.random() * wait / 2;
  }

  become(state) {
    this.state = state;
    renderAll();
  }

  send(text) {
    if (this.state !== 'connected' || this.socket?.readyState !== WebSocket.OPEN) return false;
    const sentAt = performance.now();
    this.socket.send(text);
    logFrame(this, 'out', text);
    const frame = parsed(text);
    const addressed = frame?.to !== undefined || frame?.group !== undefined;
    if (addressed && frame.body !== undefined) this.sentMessage(frame, sentAt);
    return true;
  }

  sentMessage(frame, sentAt) {
    const way = new Way(this, frame, sentAt);
    this.lastWay = way;
    this.panel.showSent(this, way);
    if (way.id !== undefined) this.unanswered.push({ id: way.id, answer: (status, receipt) => way.settle(status, receipt) });
  }

  join(room) {
    return this.ask('join', room, () => this.rooms.add(room), () => this.rooms.delete(room));
  }

  leave(room) {
    return this.ask('leave', room, () => this.rooms.delete(room), () => {});
  }

  /** Frames take effect in order, so a membership counts from its frame on, unless it is refused. */
  ask(verb, room, sent, refused) {
    const id = nextId(verb[0]);
    if (!this.send(JSON.stringify({ [verb]: room, id }))) return false;
    sent();
    this.unanswered.push({ id, answer: (status, { reason }) => {
      if (status === 'lost') return; // the next connection joins again what is left in rooms
      if (status === 'ok') {
        this.panel.showEvent(`device ${this.number} ${verb === 'join' ? 'joined' : 'left'} #${room}`);
        if (verb === 'join') this.watch(room);
        else this.present.delete(room);
      } else {
        refused();
        this.panel.showEvent(`device ${this.number} could not ${verb} #${room}: ${reason ?? status}`);
      }
      renderAll();
    } });
    renderAll();
    return true;
  }

  receive(data) {
    const at = performance.now();
    const text = typeof data === 'string' ? data : '(a binary frame)';
    const frame = parsed(text);
    logFrame(this, 'in', text);
    if (frame?.receipt !== undefined) this.answered(frame.receipt, String(frame.status), frame, at);
    else if (frame?.error !== undefined) this.refused(frame, at);
    else if (frame?.presence !== undefined) this.presence(frame.presence ?? {});
    else if (frame?.hello !== undefined) return; // says what may be done, which this page keeps to
    else if (frame?.from !== undefined) {
      this.panel.showReceived(this, frame, text);
      Way.arrived(this, frame, at);
    } else this.panel.showEvent(`device ${this.number} got a frame this page does not know: ${short(text)}`);
  }

  refused({ error, message, id }, at) {
    const said = message === undefined ? String(error) : `${error}: ${message}`;
    this.panel.showEvent(`${short(said)}${id === undefined ? '' : ` (${id})`}`, 'error');
    if (id !== undefined) this.answered(id, 'error', { reason: short(said) }, at);
  }

  /** Each receipt, or error with an id, answers the oldest open question of that id. */
  answered(id, status, { connections, reason }, at) {
    const index = this.unanswered.findIndex(question => question.id === id);
    if (index < 0) return;
    const [question] = this.unanswered.splice(index, 1);
    question.answer(status, { connections, reason: reason === undefined ? undefined : String(reason), at });
  }
}

const nextId = letter => `${letter}${++Device.lastId}`;

// ---------------------------------------------------------------------------------------------- panels

/** One user: the devices, the conversation, the forms. */
class Panel {
  devices = [];
  lastNumber = 0;
  incoming = []; // the newest conversation items that another device's copy may still belong to
  complaint = '';

  constructor(side, user, place) {
    this.side = side;
    this.user = user;
    this.place = place;
    this.root = byId(side);
    this.root.append(byId('panel').content.cloneNode(true));
    this.part('user').value = user;
    this.part('user').onchange = () => this.rename(this.part('user').value);
    this.part('toggle').onclick = () => this.toggle();
    this.part('add-device').onclick = () => this.addDevice(places[this.part('device-node').value]);
    this.part('direct').onsubmit = event => this.submit(event, 'body', 'c', { to: this.part('to').value });
    this.part('group').onsubmit = event => this.submit(event, 'room-body', 'g', { group: this.part('room').value });
    this.part('join').onclick = () => this.inRoom(room => this.sender.join(room));
    this.part('leave').onclick = () => this.inRoom(room => this.sender.leave(room));
    for (const [index, each] of places.entries()) {
      const option = element('option');
      option.value = String(index);
      this.part('device-node').append(option);
      if (each !== place) this.part('device-node').value = String(index);
    }
  }

  part(role) {
    return this.root.querySelector(`[data-role="${role}"]`);
  }

  get other() {
    return panels.find(panel => panel !== this);
  }

  get sender() {
    return this.devices.find(device => device.radio.checked) ?? this.devices[0];
  }

  // What the user does

  addDevice(place) {
    const device = new Device(this, ++this.lastNumber, place);
    this.devices.push(device);
    this.part('devices').append(this.deviceItem(device));
    const option = element('option');
    device.option = option;
    byId('raw-device').append(option);
    device.connect();
    return device;
  }

  deviceItem(device) {
    const item = element('li');
    const label = element('label');
    device.radio = element('input');
    Object.assign(device.radio, { type: 'radio', name: `${this.side}-device`, checked: device.number === 1 });
    device.radio.onchange = renderAll;
    device.text = element('span');
    label.append(device.radio, device.text);
    item.append(label);
    if (device.number > 1) {
      const remove = element('button', 'remove plain', '×');
      remove.type = 'button';
      remove.setAttribute('aria-label', `Remove device ${device.number}`);
      remove.onclick = () => this.removeDevice(device);
      item.append(remove);
    }
    device.item = item;
    return item;
  }

  removeDevice(device) {
    device.disconnect();
    this.devices.splice(this.devices.indexOf(device), 1);
    if (device.radio.checked) this.devices[0].radio.checked = true;
    device.item.remove();
    device.option.remove();
    this.part('add-device').focus();
    renderAll();
  }

  toggle() {
    this.complaint = '';
    const leave = this.devices.some(device => device.wanted);
    for (const device of this.devices) leave ? device.disconnect() : device.connect();
  }

  rename(name) {
    this.complaint = nameProblem(name);
    if (this.complaint) {
      this.part('user').value = this.user;
    } else if (name !== this.user) {
      const devices = this.devices.filter(device => device.wanted);
      for (const device of devices) device.disconnect();
      if (this.other.part('to').value === this.user) this.other.part('to').value = name;
      this.user = name;
      for (const device of devices) device.connect();
    }
    renderAll();
  }

  submit(event, bodyRole, letter, target) {
    event.preventDefault();
    const input = this.part(bodyRole);
    if (this.say(letter, target, input.value)) input.value = '';
    input.focus();
  }

  /** Sends one message and asks for its receipt. */
  say(letter, target, body) {
    return this.tried(this.sender.send(JSON.stringify({ ...target, body, id: nextId(letter) })));
  }

  inRoom(action) {
    if (this.part('room').reportValidity()) this.tried(action(this.part('room').value));
  }

  tried(sent) {
    this.complaint = sent ? '' : `Device ${this.sender.number} is not connected: nothing was sent.`;
    renderAll();
    return sent;
  }

  // What is shown

  append(item) {
    keepingEnd(this.part('conversation'), () => {
      this.part('received').append(item);
      bound(this.part('received'), LIMITS.conversation, 'firstElementChild');
    });
  }

  showEvent(text, kind = 'event') {
    const item = element('li', '', text);
    item.dataset.kind = kind;
    this.append(item);
  }

  showSent(device, way) {
    const to = way.target.group === undefined ? `to ${way.target.user}` : `to #${way.target.group}`;
    const { item, about } = message('out', this.side, to, way.body);
    way.onChange = () => keepingEnd(this.part('conversation'), () => {
      item.dataset.status = way.status;
      const from = this.devices.length > 1 ? [`device ${device.number}`] : [];
      about.textContent = [...from, way.id ?? '', way.status, ...way.facts].filter(Boolean).join(' · ');
    });
    this.append(item);
    way.onChange();
  }

  /** A user's devices get one copy each: they share one item, which names them all. */
  showReceived(device, frame, text) {
    const now = performance.now();
    this.incoming = this.incoming.filter(item => now - item.at < LIMITS.matchMs).slice(-LIMITS.conversation);
    let entry = this.incoming.find(entry => entry.text === text && !entry.devices.includes(device));
    if (!entry) {
      const from = frame.group === undefined ? `from ${frame.from}` : `from ${frame.from} in #${frame.group}`;
      const side = panels.find(panel => panel.user === frame.from)?.side;
      entry = { at: now, text, devices: [], ...message('in', side, from, frame.body) };
      this.incoming.push(entry);
      this.append(entry.item);
    }
    entry.devices.push(device);
    keepingEnd(this.part('conversation'), () => {
      entry.about.textContent = entry.devices.map(each => `device ${each.number} on ${each.place.label}`).join(' · ');
    });
  }

  render() {
    const { sender } = this;
    const state = sender?.state ?? 'disconnected';
    setText(this.part('state'), state);
    this.part('state').dataset.state = state;
    setText(this.part('node'), (sender?.place ?? this.place).label);
    const { address } = sender?.place ?? this.place;
    setText(this.part('address'), address === this.part('node').textContent ? '' : address);
    setText(this.part('toggle'), this.devices.some(device => device.wanted) ? 'Disconnect' : 'Connect');
    const named = device => this.devices.length > 1 ? `Device ${device.number}: ${device.problem}` : device.problem;
    const problem = [this.complaint, ...this.devices.map(device => device.problem && named(device))].filter(Boolean).join('\n');
    setText(this.part('problem'), problem);
    this.part('problem').hidden = !problem;
    this.root.setAttribute('aria-label', `User ${this.user}`);
    this.renderDevices();
    const rooms = [...sender?.rooms ?? []];
    setText(this.part('rooms'), `device ${sender?.number ?? 1} is in ${rooms.map(room => `#${room}`).join(', ') || 'no room'}`);
    const present = [...sender?.present ?? []].map(([room, users]) => `#${room}: ${[...users].sort().join(', ') || 'nobody yet'}`);
    setText(this.part('presence'), present.length ? `online in ${present.join(' · ')}` : '');
    this.part('presence').hidden = !present.length;
    for (const option of this.part('device-node').options) setText(option, `on ${places[option.value].label}`);
  }

  renderDevices() {
    setText(this.part('device-count'), plural(this.devices.length, 'device'));
    this.part('device-count').dataset.count = String(this.devices.length);
    this.part('hint').hidden = this.devices.length < 2;
    for (const device of this.devices) {
      device.item.dataset.state = device.state;
      const state = device.state === 'connected' ? '' : ` · ${device.state}`;
      setText(device.text, `device ${device.number} on ${device.place.label}${state}`);
      setText(device.option, `${device.label} on ${device.place.label}`);
    }
  }
}

/** Leaves text that has not changed alone, so that a live region does not say it again. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function message(direction, side, about, body) {
  const item = element('li');
  item.dataset.kind = 'message';
  item.dataset.direction = direction;
  if (side) item.dataset.side = side;
  const text = element('p', 'body', shown(body));
  text.dir = 'auto';
  const details = element('p', 'about quiet');
  item.append(element('p', 'about quiet', about), text, details);
  return { item, about: details };
}

function nameProblem(name) {
  if (!name) return 'A user needs a name.';
  if (/\p{Surrogate}/u.test(name)) return 'This name is not valid Unicode.';
  return new TextEncoder().encode(name).length > 256 ? 'A name has at most 256 bytes of UTF-8.' : '';
}

// ---------------------------------------------------------------------------------------------- board

let places = [];
let panels = [];

const allDevices = () => panels.flatMap(panel => panel.devices);

function renderAll() {
  for (const panel of panels) panel.render();
  renderBoard();
}

/** Node boxes with the sockets this page holds on each, joined by the bus. */
function renderBoard() {
  const boxes = places.map(place => {
    const box = element('div', 'box');
    box.dataset.node = place.label;
    const head = element('p', 'head');
    const health = element('span', 'badge', place.health.toLowerCase());
    health.dataset.health = place.health;
    head.append(element('strong', '', place.label), health);
    const sockets = element('p', 'sockets');
    for (const panel of panels) {
      const here = panel.devices.filter(device => device.place === place && device.state === 'connected');
      for (const device of here) sockets.append(chip(device.label, 'socket', panel.side));
    }
    if (!sockets.childElementCount) sockets.append(element('span', 'quiet', 'no sockets of this page'));
    box.append(head, sockets);
    if (place.reasons.length) box.append(element('p', 'quiet', place.reasons.join(', ')));
    return box;
  });
  byId('board').replaceChildren(...boxes.flatMap((box, index) => index ? [element('span', 'bus-line', 'bus'), box] : [box]));
}

// ---------------------------------------------------------------------------------------------- demo

async function until(condition, what) {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`demo: waited too long for ${what}`);
    await pause(25);
  }
}

async function tell(panel, letter, target, body) {
  panel.say(letter, target, body);
  const way = panel.sender.lastWay;
  await until(() => way?.settled, `the receipt of "${body}"`);
  await pause(300);
}

async function demo() {
  const [left, right] = panels;
  const connected = device => until(() => device.state === 'connected', `${device.label} to connect`);
  for (const device of allDevices()) await connected(device);
  await pause(400); // the first drawing of the page is no part of a round trip
  await tell(left, 'c', { to: right.user }, `Hello ${right.user}, are you there?`);
  await tell(right, 'c', { to: left.user }, `I am, on ${right.place.label}. And you?`);
  await connected(left.addDevice(places.at(-1)));
  await pause(400);
  await tell(right, 'c', { to: left.user }, 'This reaches both of your devices.');
  for (const panel of panels) {
    panel.sender.join('lobby');
    await until(() => panel.sender.unanswered.length === 0, 'the answer to a join');
  }
  await tell(left, 'g', { group: 'lobby' }, 'Good morning, room.');
  await tell(left, 'c', { to: 'carol-is-away' }, 'Anybody home?');
}

async function runDemo() {
  document.body.dataset.demo = 'running';
  try {
    await demo();
    document.body.dataset.demo = 'done';
  } catch (failure) {
    document.body.dataset.demo = 'failed';
    notice(failure.message);
  }
}

// ---------------------------------------------------------------------------------------------- start

function notice(text) {
  byId('notice').textContent = text;
  byId('notice').hidden = false;
}

function userFrom(parameter, fallback) {
  const name = query.get(parameter) ?? '';
  return nameProblem(name) ? fallback : name;
}

function wireRawForm() {
  byId('raw-text').value = JSON.stringify({ to: panels[1].user, body: { any: ['json', 1] }, id: 'raw1' });
  byId('raw-form').onsubmit = event => {
    event.preventDefault();
    const device = allDevices().find(each => each.option === byId('raw-device').selectedOptions[0]);
    device?.panel.tried(device.send(byId('raw-text').value));
  };
  byId('raw-clear').onclick = () => {
    byId('raw-frames').replaceChildren();
    byId('raw-count').textContent = String(logFrame.count = 0);
  };
}

async function start() {
  const here = new Place(location.host);
  const { address, why } = await findPeer();
  places = address && address !== here.address ? [here, new Place(address)] : [here];
  if (places.length === 1) notice(`${why ?? 'The other node is this one.'} Both panels are on this node.`);
  await Promise.all(places.map(place => place.refresh()));

  panels = [new Panel('left', userFrom('left', 'alice'), here), new Panel('right', userFrom('right', 'bob'), places.at(-1))];
  for (const panel of panels) panel.part('to').value = panel.other.user;
  for (const panel of panels) panel.addDevice(panel.place);
  wireRawForm();

  setInterval(() => {
    if (!document.hidden) for (const place of places) if (place.node) place.refresh();
  }, HEALTH.everyMs);
  addEventListener('online', () => {
    for (const device of allDevices()) if (device.state === 'reconnecting') device.connect();
  });
  if (query.get('demo') === '1') await runDemo();
}

start();
