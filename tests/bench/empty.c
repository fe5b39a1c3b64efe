// SPDX-License-Identifier: GPL-2.0-or-later
/* A program that does nothing, linked as vmtool is: what a process costs before it does anything.
 */
int main(void)
{
	return 0;
}
