package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"chartwright/internal/app"
	"chartwright/internal/identity"
	"chartwright/internal/identity/account"
	"chartwright/internal/identity/token"
)

type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Make an account."`
	List    userListCmd    `cmd:"" help:"List the accounts."`
	Passwd  userPasswdCmd  `cmd:"" help:"Give an account a new password; its sessions and tokens end."`
	Disable userDisableCmd `cmd:"" help:"Keep an account out; its sessions and tokens end."`
	Enable  userEnableCmd  `cmd:"" help:"Let a disabled account in again."`
	Groups  userGroupsCmd  `cmd:"" help:"Give a member of staff other ACL groups; felt by tokens that are out already."`
	TOTP    userTOTPCmd    `cmd:"" name:"totp" help:"Give an account a second factor, or take it away where it was lost; its sessions and tokens end."`
	Context userContextCmd `cmd:"" help:"Set the launch context that apps get when nothing else supplies one; without options, none."`
}

// whom says which account a command is about.
type whom struct {
	Login string `arg:"" help:"What the user types to sign in."`
	kindOption
}

// kindOption tells two accounts of one login apart.
type kindOption struct {
	Kind string `help:"Kind of the account, users or patient, where a member of staff and a portal patient have one login." enum:"users,patient," default:""`
}

func (w whom) who() identity.Who { return identity.Who{Login: w.Login, Kind: account.Kind(w.Kind)} }

type userAddCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	Login          string   `arg:"" help:"What the user types to sign in."`
	Group          []string `help:"ACL group of staff: admin, doc, clin, front, back or breakglass." placeholder:"NAME"`
	Patient        string   `help:"Makes a portal account for the patient with this id." placeholder:"ID"`
	Given          string   `help:"Given name."`
	Family         string   `help:"Family name."`
	Email          string   `help:"E-mail address; portal accounts need one."`
	Password       string   `help:"Password; one is made up and printed when empty." env:"CHARTWRIGHT_USER_PASSWORD"`
}

// Run makes the account and prints its password when it made one up.
func (c userAddCmd) Run(ctx context.Context, t *terminal) error {
	n := identity.NewUser{
		Kind: account.Staff, Login: c.Login, Password: c.Password, Email: c.Email, Given: c.Given, Family: c.Family, Groups: c.Group, PatientID: c.Patient,
	}
	if c.Patient != "" {
		n.Kind = account.Portal
	}
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		password, err := a.AddUser(ctx, c.Site, n)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "user %s added\n", c.Login)
		if c.Password == "" {
			fmt.Fprintf(t.out, "password %s\n", password)
		}
		return nil
	})
}

type userListCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
}

// Run prints one line an account.
func (c userListCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		users, err := a.Admin.Users(ctx, c.Site)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "LOGIN\tKIND\tENABLED\tGROUPS\tNAME\tID")
		for _, u := range users {
			fmt.Fprintf(w, "%s\t%s\t%t\t%s\t%s\t%s\n", u.Login, u.Kind, u.Enabled, strings.Join(u.Groups, ","), u.Name(), u.ID)
		}
		return w.Flush()
	})
}

type userPasswdCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	whom           `embed:""`
	Password       string `help:"New password; one is made up and printed when empty." env:"CHARTWRIGHT_USER_PASSWORD"`
}

// Run changes the password.
func (c userPasswdCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		password, err := a.Admin.SetPassword(ctx, c.Site, c.who(), c.Password)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "password of %s changed\n", c.Login)
		if c.Password == "" {
			fmt.Fprintf(t.out, "password %s\n", password)
		}
		return nil
	})
}

type userDisableCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	whom           `embed:""`
}

// Run keeps the account out.
func (c userDisableCmd) Run(ctx context.Context, t *terminal) error {
	return setUserEnabled(ctx, t, c.administration, c.Site, c.whom, false)
}

type userEnableCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	whom           `embed:""`
}

// Run lets the account in.
func (c userEnableCmd) Run(ctx context.Context, t *terminal) error {
	return setUserEnabled(ctx, t, c.administration, c.Site, c.whom, true)
}

func setUserEnabled(ctx context.Context, t *terminal, c administration, site string, user whom, enabled bool) error {
	return c.at(ctx, t, site, func(a *app.App) error {
		if err := a.Admin.SetUserEnabled(ctx, site, user.who(), enabled); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "user %s is %s\n", user.Login, enabledWord(enabled))
		return nil
	})
}

func enabledWord(enabled bool) string {
	if enabled {
		return "enabled"
	}
	return "disabled"
}

type userContextCmd struct {
	administration `embed:""`
	siteOption     `embed:""`
	whom           `embed:""`
	Patient        string `help:"id of the Patient." placeholder:"ID"`
	Encounter      string `help:"id of an Encounter of the patient." placeholder:"ID"`
	Location       string `help:"id of the Location." placeholder:"ID"`
}

// Run replaces the account's default launch context.
func (c userContextCmd) Run(ctx context.Context, t *terminal) error {
	return c.at(ctx, t, c.Site, func(a *app.App) error {
		launch := token.Context{Patient: c.Patient, Encounter: c.Encounter, Location: c.Location}
		if err := a.Admin.SetLaunchContext(ctx, c.Site, c.who(), launch); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "launch context of %s is set\n", c.Login)
		return nil
	})
}
