# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced after cli-fixture.sh: a fleet with a topology: two floors on a ring, an aggregation, a switch
# that cannot be asked, one that only LLDP names, a guess, a contradiction, places of the past.

plan_config() {
	cat >"$config" <<-END
		database: keepwatch.db
		fleet: fleet.csv
		sites:
		  - { name: hq, contact: "noc@example.org" }
		  - { name: dock, contact: "Dock office, ext. 12" }
		policy:
		  vlans: { door: "20-30", camera: "20,30" }
	END
	{
		cat <<-END
			name,address,kind,site,owner,upstream
			gw,10.77.0.1,router,hq,it-network,
			hq-core,10.77.1.1,switch,hq,it-network,
			hq-acc-1,10.77.1.11,switch,hq,it-network,
			hq-acc-2,10.77.1.12,switch,hq,it-network,
			hq:dock:sw,10.77.2.11,switch,dock,it-network,
			door-1,10.77.1.50,door,hq,physical-security,hq-acc-2:p7
			cam-down,10.77.1.60,camera,hq,physical-security,
			cam-shared,10.77.1.61,camera,hq,physical-security,
			cam-guess,10.77.1.62,camera,hq,physical-security,
			cam-desk-1,10.77.1.63,camera,hq,physical-security,
			cam-desk-2,10.77.1.64,camera,hq,physical-security,
			cam-named,10.77.1.65,camera,hq,physical-security,
			cam-outside,10.77.3.1,camera,dock,facility,
			cam-dock,10.77.2.20,camera,dock,facility,
			door-dock,10.77.2.21,door,dock,facility,
			cam-new,10.77.2.22,camera,dock,facility,
			cam-gone,10.77.2.29,camera,dock,facility,
			"cam ""<&>"" \\ ü",10.77.2.23,camera,dock,=facility,
		END
		for i in 1 2 3 4 5 6 7 8 9 10; do
			echo "cam-$i,10.77.1.$((100 + i)),camera,hq,physical-security,"
		done
	} >"$dir/fleet.csv"
}

plan_script() {
	e=$(printf '\033')
	for name in gw hq-core hq-acc-1 hq-acc-2 hq:dock:sw door-1 cam-shared cam-desk-1 cam-desk-2 cam-named \
		cam-dock door-dock cam-outside cam-guess cam-1 cam-2 cam-3 cam-4 cam-5 cam-6 cam-7 cam-8 cam-9 cam-10 \
		'cam "<&>" \ ü'; do
		printf 'state\t%s\tup\t-\t3d30m30s\t0\t-\n' "$name"
	done
	for i in 1 2 3 4 5 6 7 8 9 10; do
		printf 'link\tcam-%d\thq-acc-1\tgi1/0/%d\t%d\tvlan=20\tmac=ac:cc:8e:00:00:%02x\twhy=chassis id is its MAC\n' "$i" "$i" "$i" "$i"
	done
	cat <<-END
		state	cam-down	down	TIMEOUT	3h10m30s	0	3 of 3 lost
		link	cam-down	hq-core	Gi1/0/9	9	source=fdb	sure=88	since=60d	confirmed=45d
		commit
		unlink	cam-down	hq-core	9
		link	cam-gone	hq-core	Gi1/0/8	8	source=fdb	sure=88	since=60d	confirmed=41d
		commit
		unlink	cam-gone	hq-core	8
		remove	cam-gone	40d
		commit
		link	hq-core	gw	GigabitEthernet0/1	2	own=Te1/1/1	own_if=49
		link	hq-acc-1	hq-core	Po1	100	own=Po1	own_if=1000	source=lldp
		link	hq-acc-2	hq-acc-1	gi1/0/47	47	own=gi48	own_if=48
		link	hq-acc-2	hq-core	Gi1/0/3	3	spare	own=gi47	own_if=47
		link	hq:dock:sw	hq-core	Gi1/0/4	4	own=p1	own_if=1	source=cdp
		link	cam-down	hq-acc-1	gi1/0/13	13	vlan=20	source=fdb	sure=92	since=45d	why=its MAC alone on an edge port	mac=ac:cc:8e:00:01:01
		link	cam-shared	hq-acc-1	gi1/0/13	13	vlan=20	source=fdb	via=shared	shared=1	sure=85
		link	cam-guess	hq-acc-1	gi1/0/14	14	source=fdb	sure=40	confirmed=3d	why=its MAC is on two edge ports
		link	door-1	hq-acc-2	p7	7	source=declared	sure=60	contradicted	seen=hq-acc-1	seen_port=gi1/0/15	seen_if=15	why=declared, but seen at hq-acc-1 gi1/0/15
		link	cam-desk-1	hq-acc-2	p9	9	source=fdb	via=unmanaged	sure=80	shared=3
		link	cam-desk-2	hq-acc-2	p9	9	source=fdb	via=unmanaged	sure=80	shared=3
		link	cam-named	hq-acc-2	p10	10	via=named	name=desk-${e}[31m
		link	cam-dock	hq:dock:sw	p5	5	vlan=30
		link	door-dock	hq:dock:sw	p6	6	vlan=31
		link	cam-outside	-	ether5	0	name=provider "x"	source=lldp	sure=70
		link	cam "<&>" \\ ü	hq:dock:sw	p"\\7	7	sure=75
		port	1	gi1/0/1	role=edge	poe=delivering	class=3	mw=6400	alias=Lobby west	pvid=20	stations=1	changed=20d
		port	2	gi1/0/2	role=edge	poe=delivering	class=2	mw=3149	pvid=20	stations=1
		port	13	gi1/0/13	role=edge	poe=delivering	class=4	mw=25500	overload	alias=Yard	pvid=20	stations=2	changed=3h10m30s	speed=100	duplex=1
		port	15	gi1/0/15	role=unused	oper=2	poe=searching	speed=0
		port	16	gi1/0/16	role=unused	oper=2	admin=2	speed=0
		port	47	gi1/0/47	role=downlink	neighbour=hq-acc-2 gi48 (lldp)	stations=9
		port	1000	Po1	role=uplink	neighbour=hq-core Po1 (lldp)	stations=40	speed=20000
		port	49	te1/0/1	role=member	lag=1000	speed=10000
		port	50	te1/0/2	role=member	lag=1000	speed=10000
		ports	hq-acc-1	30s
		port	3	Gi1/0/3	role=downlink	neighbour=hq-acc-2 gi47 (lldp)
		port	4	Gi1/0/4	role=downlink	neighbour=hq:dock:sw p1 (cdp)
		port	11	Gi1/0/11	role=member	lag=100
		port	12	Gi1/0/12	role=member	lag=100
		port	100	Po1	role=downlink	neighbour=hq-acc-1 Po1 (lldp)
		ports	hq-core	30s
		fact	hq-acc-1	snmp	poe_supply	1	10s	35 of 370 W, threshold 80 %
		event	cam-down	moved	-	hq-core Gi1/0/9	hq-acc-1 gi1/0/13	-	45d	its MAC is learned on this port alone
		event	cam-2	replaced	-	ac:cc:8e:00:00:99	ac:cc:8e:00:00:02 at hq-acc-1 gi1/0/2	-	5h	another MAC answers for its address
		event	hq-acc-1	new-mac	-	hq-acc-1 gi1/0/2	00:11:22:33:44:55	-	4h	not seen before on the port of cam-2
		event	door-1	upstream-contradicted	-	hq-acc-2 p7	hq-acc-1 gi1/0/15	-	3h	93 % sure
		event	cam-1	duplicate-ip	-	ac:cc:8e:00:00:01 at hq-acc-1 gi1/0/1	b8:a4:4f:00:00:09 at hq-acc-2 p3	-	150m	ARP has both for its address
		event	cam-1	wrong-vlan	-	-	VLAN 99	-	2h	at hq-acc-1 gi1/0/1; policy does not allow this VLAN for a camera
		event	cam-1	vlan-right	-	-	VLAN 20	-	1h	at hq-acc-1 gi1/0/1; policy allows this VLAN for a camera
		event	hq-acc-2	uplink-changed	-	hq-core Gi1/0/3	hq-acc-1 gi1/0/47	-	30m	LLDP at both ends
	END
}

# plan [LAST-LINE]: a fresh database of that fleet.
plan() {
	rm -f "$dir"/keepwatch.db*
	plan_config
	{
		plan_script
		printf '%b\n' "${1:-heartbeat\t12s}"
	} | "$fill_store" "$config"
}
