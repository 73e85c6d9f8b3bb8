# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced after cli-topology-fixture.sh: incidents on the fleet of the plan: a switch that is down after
# another suspicion, an intermittent one with many devices, a site, a device alone, one that another
# explains, one that a person overturned, one that is over; and findings.

incident_script() {
	e=$(printf '\033')
	cat <<-END
		state	hq-acc-2	down	TIMEOUT	2h10m30s	0	3 of 3 lost
		state	cam-desk-1	down	TIMEOUT	2h10m20s	0	3 of 3 lost
		state	cam-desk-2	down	TIMEOUT	2h10m20s	0	3 of 3 lost
		state	cam-named	down	TIMEOUT	2h10m20s	0	3 of 3 lost
		state	door-1	down	TIMEOUT	2h10m20s	0	3 of 3 lost
		probe	cam-desk-1	icmp	down	TIMEOUT	2h10m20s	-	2h11m	3 of 3 lost
		rollup	cam-desk-1	icmp	3h	5	5	900
		rollup	cam-desk-1	icmp	2h	5	0	0
		fact	cam-desk-1	onvif	vendor	-	20d	Axis
		fact	cam-desk-1	onvif	serial	-	20d	=1+1
		event	cam-desk-1	device-state	-	up	down	TIMEOUT	2h10m20s	3 of 3 lost
		event	hq-acc-2	device-state	-	up	down	TIMEOUT	2h10m30s	3 of 3 lost
		event	hq-acc-2	incident-opened	-	-	-	-	2h10m	switch down: hq-acc-2
		port	3	p3	role=edge	poe=delivering	class=3	mw=6400	pvid=20
		port	7	p7	role=edge	oper=2	pvid=20	changed=2h10m30s
		port	48	gi48	role=uplink	neighbour=hq-acc-1 gi1/0/47 (lldp)	speed=1000
		ports	hq-acc-2	2h11m
		evidence	-	cam-5	0	4.2	all its neighbours on hq-acc-1 answer
		incident	39	opened	26h	class=cable_port	blame=node:cam-5	sure=71	since=26h30s	alert	cam-5@26h30s
		commit
		incident	39	overturned	25h	cause=moved	by=kim	note=it hung on another port, =1+1
		evidence	-	cam-named	0	2.5	its neighbours answer
		incident	40	opened	2h10m	class=device_hw	blame=node:cam-named	sure=58	since=2h10m30s	cam-named@2h10m30s
		evidence	-	cam-3	0	5	answers on the network, and refuses the login
		incident	41	opened	50h	class=credentials	blame=node:cam-3	sure=97	since=50h30s	alert	cam-3@-
		commit
		incident	41	closed	49h	class=credentials	blame=node:cam-3	sure=97	since=50h30s	cam-3@-
		evidence	2h10m30s	door-1	0	2.1	door-1 did not answer since then
		alt	switch_down	node:hq-acc-2	30
		incident	42	opened	2h10m	class=device_hw	blame=node:door-1	sure=61	since=2h10m30s	door-1@2h10m30s
		commit
		incident	42	grown	2h9m50s	class=device_hw	blame=node:door-1	sure=52	since=2h10m30s	door-1@2h10m30s	cam-desk-1@2h10m20s
		commit
		evidence	-	hq-acc-2	0	6.3	4 of 4 devices on hq-acc-2 silent within 10 s
		evidence	2h10m25s	hq-acc-2	0	3.9	hq-acc-2 silent too
		evidence	2h10m32s	hq-acc-1	47	1.8	its port gi1/0/47 on hq-acc-1 lost link
		evidence	2h9m45s	hq-acc-2	0	-0.4	a spare path to hq-core Gi1/0/3 is documented ${e}[31m
		evidence	-	-	0	0	4 of 4 places are seen, none only written down
		decider	sysUpTime of hq-acc-2 when it is back: begun anew says switch, running on says uplink
		decider	look whether hq-acc-2 has power
		alt	uplink	node:hq-acc-2	5
		alt	power_loss	zone:rack-2	1
		incident	42	re-blamed	2h9m40s	class=switch_down	blame=node:hq-acc-2	sure=94	since=2h10m30s	alert	door-1@2h10m30s	cam-desk-1@2h10m20s	cam-desk-2@2h10m20s	cam-named@2h10m20s
		incident	40	adopted	2h9m40s	class=device_hw	blame=node:cam-named	sure=58	since=2h10m30s	other=42
		evidence	-	cam-down	0	3.3	cam-shared on the same port answers
		evidence	3h11m30s	hq-acc-1	13	0.7	its port gi1/0/13 has link and gives 25.5 W
		decider	the cable plugged into another device: if that works, it is cam-down
		alt	cable_port	node:cam-down	28
		incident	43	opened	3h9m	class=device_hw	blame=node:cam-down	sure=70	since=3h10m30s	alert	cam-down@3h10m30s
		evidence	5h	-	0	4	all of site dock silent within 20 s
		incident	44	opened	4h59m	class=wan	blame=site:dock	sure=90	since=5h30s	alert	cam-dock@5h30s/4h10m30s	door-dock@5h30s/4h10m	hq:dock:sw@5h30s/4h10m30s
		commit
		incident	44	healed	4h10m	class=wan	blame=site:dock	sure=99	since=5h30s	cam-dock@5h30s/4h10m30s	door-dock@5h30s/4h10m	hq:dock:sw@5h30s/4h10m30s
		evidence	-	hq-acc-1	0	8.5	13 devices on hq-acc-1 dropped out together 4 times within 6 h, those elsewhere never
		evidence	90m	hq-acc-1	0	2.2	its sysUpTime began anew at 09:14:02
		decider	log and power supply of hq-acc-1
		incident	45	opened	80m30s	class=switch_flap	blame=node:hq-acc-1	sure=88	since=6h30s	alert	cam-1@100m/98m	cam-2@100m/98m	cam-3@100m/98m	cam-4@100m/98m	cam-5@100m/98m	cam-6@100m/98m	cam-7@100m/98m	cam-8@100m/98m	cam-9@100m/98m	cam-10@100m/98m	cam-shared@100m/98m	cam-guess@100m/98m	cam-desk-1@-
		finding	loss-rising	cam-2	0	warning	5d	1h	-	4.2	1	loss 4.2 % over the last day, 0.6 % in the weeks before
		finding	port-errors	hq-acc-1	3	critical	26h	1h	-	812	10	812 errors a day on the port of cam-3, none before ${e}[31m
		finding	reboots	cam-4	0	warning	9d	8d	-	5	3	5 restarts in a week
		commit
		finding	reboots	cam-4	0	warning	9d	8d	7d	5	3	5 restarts in a week
	END
}

# plan_incidents [LAST-LINE]: a fresh database of that fleet with its incidents.
plan_incidents() {
	rm -f "$dir"/keepwatch.db*
	plan_config
	{
		plan_script
		incident_script
		printf '%b\n' "${1:-heartbeat\t12s}"
	} | "$fill_store" "$config"
}
