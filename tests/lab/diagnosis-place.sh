#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# As diagnosis.sh, for addresses, places and links: an address that is used twice, a camera that is
# moved, an uplink that an administrator has shut.
# shellcheck source=tests/lab/diagnosis-lib.sh
. "$(dirname "$0")/diagnosis-lib.sh"

diagnosis_up
ok "all is up and placed" within 60 eval 'all_up && placed'
ok "an uplink that was shut" try_named uplink-shut
ok "an address that is used twice" try_named dup-ip
ok "a camera that was moved" try_named cam-move
ok "the agent ends cleanly" agent_stop
done_testing
