// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The ONVIF that keepwatch speaks, as an interface header for gSOAP's soapcpp2: what the codec
 * writes as requests (soapcpp2 -C) and the simulated device of tests/fake answers (soapcpp2 -S).
 * Written by hand from the ONVIF Core, Media, Door Control and Access Control specifications; only
 * elements that are asked for or answered here, in the order of their schema types. Replies of real
 * devices are not read through it: see src/codec/onvif_read.c.
 */
//gsoap ter schema namespace: http://www.onvif.org/ver10/error

typedef char *xsd__anyURI;
typedef char *xsd__token;
enum xsd__boolean { xsd__boolean__false_, xsd__boolean__true_ };
// For the subcodes of faults, which are QNames.
typedef char *ter__code;

// ---- WS-Security UsernameToken (OASIS WSS UsernameToken Profile 1.1)
//gsoap wsse schema namespace: http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd
//gsoap wsse schema elementForm: qualified
//gsoap wsu schema namespace: http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd
struct wsse__Password {
	char *__item;
	@char *Type;
};
struct wsse__Nonce {
	char *__item;
	@char *EncodingType;
};
struct wsse__UsernameToken {
	char *Username;
	struct wsse__Password *Password;
	struct wsse__Nonce *Nonce;
	char *wsu__Created;
};
struct wsse__Security {
	struct wsse__UsernameToken *UsernameToken;
};
struct SOAP_ENV__Header {
	mustUnderstand struct wsse__Security *wsse__Security;
};

// ---- common types (ver10/schema)
//gsoap tt schema namespace: http://www.onvif.org/ver10/schema
//gsoap tt schema elementForm: qualified
enum tt__SetDateTimeType { tt__SetDateTimeType__Manual, tt__SetDateTimeType__NTP };
struct tt__Time { int Hour; int Minute; int Second; };
struct tt__Date { int Year; int Month; int Day; };
struct tt__DateTime { struct tt__Time *Time; struct tt__Date *Date; };
struct tt__TimeZone { char *TZ; };
struct tt__SystemDateTime {
	enum tt__SetDateTimeType DateTimeType;
	enum xsd__boolean DaylightSavings;
	struct tt__TimeZone *TimeZone;
	struct tt__DateTime *UTCDateTime;
	struct tt__DateTime *LocalDateTime;
};

struct tt__HostnameInformation { enum xsd__boolean FromDHCP; xsd__token Name; };

struct tt__PrefixedIPv4Address { char *Address; int PrefixLength; };
struct tt__IPv4Configuration {
	int __sizeManual;
	struct tt__PrefixedIPv4Address *Manual;
	struct tt__PrefixedIPv4Address *LinkLocal;
	struct tt__PrefixedIPv4Address *FromDHCP;
	enum xsd__boolean DHCP;
};
struct tt__IPv4NetworkInterface { enum xsd__boolean Enabled; struct tt__IPv4Configuration *Config; };
struct tt__PrefixedIPv6Address { char *Address; int PrefixLength; };
struct tt__IPv6Configuration {
	enum xsd__boolean *AcceptRouterAdvert;
	char *DHCP 1;
	int __sizeManual;
	struct tt__PrefixedIPv6Address *Manual;
	int __sizeLinkLocal;
	struct tt__PrefixedIPv6Address *LinkLocal;
};
struct tt__IPv6NetworkInterface { enum xsd__boolean Enabled; struct tt__IPv6Configuration *Config; };
struct tt__NetworkInterfaceInfo { char *Name; char *HwAddress; int *MTU; };
struct tt__NetworkInterface {
	@char *token 1;
	enum xsd__boolean Enabled;
	struct tt__NetworkInterfaceInfo *Info;
	struct tt__IPv4NetworkInterface *IPv4;
	struct tt__IPv6NetworkInterface *IPv6;
};

struct tt__OnvifVersion { int Major; int Minor; };
struct tt__Service { xsd__anyURI XAddr; }; // the XAddr that all capability types open with
struct tt__CapabilitiesExtension {
	struct tt__Service *DeviceIO;
	struct tt__Service *Recording;
	struct tt__Service *Search;
	struct tt__Service *Replay;
};
struct tt__Capabilities {
	struct tt__Service *Analytics;
	struct tt__Service *Device;
	struct tt__Service *Events;
	struct tt__Service *Imaging;
	struct tt__Service *Media;
	struct tt__Service *PTZ;
	struct tt__CapabilitiesExtension *Extension;
};

struct tt__VideoResolution { int Width; int Height; };
struct tt__VideoSourceConfiguration {
	@char *token 1;
	char *Name;
	int UseCount;
	char *SourceToken;
};
struct tt__VideoEncoderConfiguration {
	@char *token 1;
	char *Name;
	int UseCount;
	char *Encoding;
	struct tt__VideoResolution *Resolution;
	float Quality;
};
struct tt__Profile {
	@char *token 1;
	@enum xsd__boolean *fixed;
	char *Name;
	struct tt__VideoSourceConfiguration *VideoSourceConfiguration;
	struct tt__VideoEncoderConfiguration *VideoEncoderConfiguration;
};

// ---- device management (ver10/device)
//gsoap tds schema namespace: http://www.onvif.org/ver10/device/wsdl
//gsoap tds schema elementForm: qualified
//gsoap tds service name: device
//gsoap tds service style: document
//gsoap tds service encoding: literal
struct _tds__GetSystemDateAndTime {};
struct _tds__GetSystemDateAndTimeResponse { struct tt__SystemDateTime *SystemDateAndTime; };
//gsoap tds service method-action: GetSystemDateAndTime http://www.onvif.org/ver10/device/wsdl/GetSystemDateAndTime
int __tds__GetSystemDateAndTime(struct _tds__GetSystemDateAndTime *tds__GetSystemDateAndTime,
	struct _tds__GetSystemDateAndTimeResponse *tds__GetSystemDateAndTimeResponse);

struct _tds__GetCapabilities { int __sizeCategory; char **Category; };
struct _tds__GetCapabilitiesResponse { struct tt__Capabilities *Capabilities; };
//gsoap tds service method-action: GetCapabilities http://www.onvif.org/ver10/device/wsdl/GetCapabilities
int __tds__GetCapabilities(struct _tds__GetCapabilities *tds__GetCapabilities,
	struct _tds__GetCapabilitiesResponse *tds__GetCapabilitiesResponse);

struct tds__Service { xsd__anyURI Namespace; xsd__anyURI XAddr; struct tt__OnvifVersion *Version; };
struct _tds__GetServices { enum xsd__boolean IncludeCapability; };
struct _tds__GetServicesResponse { int __sizeService; struct tds__Service *Service; };
//gsoap tds service method-action: GetServices http://www.onvif.org/ver10/device/wsdl/GetServices
int __tds__GetServices(struct _tds__GetServices *tds__GetServices,
	struct _tds__GetServicesResponse *tds__GetServicesResponse);

struct _tds__GetDeviceInformation {};
struct _tds__GetDeviceInformationResponse {
	char *Manufacturer;
	char *Model;
	char *FirmwareVersion;
	char *SerialNumber;
	char *HardwareId;
};
//gsoap tds service method-action: GetDeviceInformation http://www.onvif.org/ver10/device/wsdl/GetDeviceInformation
int __tds__GetDeviceInformation(struct _tds__GetDeviceInformation *tds__GetDeviceInformation,
	struct _tds__GetDeviceInformationResponse *tds__GetDeviceInformationResponse);

struct _tds__GetNetworkInterfaces {};
struct _tds__GetNetworkInterfacesResponse {
	int __sizeNetworkInterfaces;
	struct tt__NetworkInterface *NetworkInterfaces;
};
//gsoap tds service method-action: GetNetworkInterfaces http://www.onvif.org/ver10/device/wsdl/GetNetworkInterfaces
int __tds__GetNetworkInterfaces(struct _tds__GetNetworkInterfaces *tds__GetNetworkInterfaces,
	struct _tds__GetNetworkInterfacesResponse *tds__GetNetworkInterfacesResponse);

struct _tds__GetHostname {};
struct _tds__GetHostnameResponse { struct tt__HostnameInformation *HostnameInformation; };
//gsoap tds service method-action: GetHostname http://www.onvif.org/ver10/device/wsdl/GetHostname
int __tds__GetHostname(struct _tds__GetHostname *tds__GetHostname,
	struct _tds__GetHostnameResponse *tds__GetHostnameResponse);

struct tt__User { char *Username; char *Password; char *UserLevel; };
struct _tds__GetUsers {};
struct _tds__GetUsersResponse { int __sizeUser; struct tt__User *User; };
//gsoap tds service method-action: GetUsers http://www.onvif.org/ver10/device/wsdl/GetUsers
int __tds__GetUsers(struct _tds__GetUsers *tds__GetUsers,
	struct _tds__GetUsersResponse *tds__GetUsersResponse);

struct _tds__SetUser { int __sizeUser; struct tt__User *User; };
struct _tds__SetUserResponse {};
//gsoap tds service method-action: SetUser http://www.onvif.org/ver10/device/wsdl/SetUser
int __tds__SetUser(struct _tds__SetUser *tds__SetUser,
	struct _tds__SetUserResponse *tds__SetUserResponse);

struct _tds__GetDiscoveryMode {};
struct _tds__GetDiscoveryModeResponse { char *DiscoveryMode; };
//gsoap tds service method-action: GetDiscoveryMode http://www.onvif.org/ver10/device/wsdl/GetDiscoveryMode
int __tds__GetDiscoveryMode(struct _tds__GetDiscoveryMode *tds__GetDiscoveryMode,
	struct _tds__GetDiscoveryModeResponse *tds__GetDiscoveryModeResponse);

struct tt__NetworkHost { char *Type; char *IPv4Address; char *IPv6Address; char *DNSname; };
struct tt__NTPInformation {
	enum xsd__boolean FromDHCP;
	int __sizeNTPFromDHCP;
	struct tt__NetworkHost *NTPFromDHCP;
	int __sizeNTPManual;
	struct tt__NetworkHost *NTPManual;
};
struct _tds__GetNTP {};
struct _tds__GetNTPResponse { struct tt__NTPInformation *NTPInformation; };
//gsoap tds service method-action: GetNTP http://www.onvif.org/ver10/device/wsdl/GetNTP
int __tds__GetNTP(struct _tds__GetNTP *tds__GetNTP,
	struct _tds__GetNTPResponse *tds__GetNTPResponse);

// ---- media (ver10/media)
//gsoap trt schema namespace: http://www.onvif.org/ver10/media/wsdl
//gsoap trt schema elementForm: qualified
//gsoap trt service name: media
//gsoap trt service style: document
//gsoap trt service encoding: literal
struct _trt__GetProfiles {};
struct _trt__GetProfilesResponse { int __sizeProfiles; struct tt__Profile *Profiles; };
//gsoap trt service method-action: GetProfiles http://www.onvif.org/ver10/media/wsdl/GetProfiles
int __trt__GetProfiles(struct _trt__GetProfiles *trt__GetProfiles,
	struct _trt__GetProfilesResponse *trt__GetProfilesResponse);

// ---- door control (ver10/doorcontrol)
//gsoap tdc schema namespace: http://www.onvif.org/ver10/doorcontrol/wsdl
//gsoap tdc schema elementForm: qualified
//gsoap tdc service name: doorcontrol
//gsoap tdc service style: document
//gsoap tdc service encoding: literal
struct tdc__DoorCapabilities {
	@enum xsd__boolean *Access;
	@enum xsd__boolean *DoorMonitor;
	@enum xsd__boolean *LockMonitor;
	@enum xsd__boolean *DoubleLockMonitor;
	@enum xsd__boolean *Alarm;
	@enum xsd__boolean *Tamper;
	@enum xsd__boolean *Fault;
};
struct tdc__DoorInfo {
	@char *token 1;
	char *Name;
	char *Description;
	struct tdc__DoorCapabilities *Capabilities;
};
struct tdc__DoorTamper { char *Reason; char *State; };
struct tdc__DoorFault { char *Reason; char *State; };
struct tdc__DoorState {
	char *DoorPhysicalState;
	char *LockPhysicalState;
	char *DoubleLockPhysicalState;
	char *Alarm;
	struct tdc__DoorTamper *Tamper;
	struct tdc__DoorFault *Fault;
	char *DoorMode;
};
struct _tdc__GetDoorInfoList { int *Limit; char *StartReference; };
struct _tdc__GetDoorInfoListResponse {
	char *NextStartReference;
	int __sizeDoorInfo;
	struct tdc__DoorInfo *DoorInfo;
};
//gsoap tdc service method-action: GetDoorInfoList http://www.onvif.org/ver10/doorcontrol/wsdl/GetDoorInfoList
int __tdc__GetDoorInfoList(struct _tdc__GetDoorInfoList *tdc__GetDoorInfoList,
	struct _tdc__GetDoorInfoListResponse *tdc__GetDoorInfoListResponse);

struct _tdc__GetDoorState { char *Token; };
struct _tdc__GetDoorStateResponse { struct tdc__DoorState *DoorState; };
//gsoap tdc service method-action: GetDoorState http://www.onvif.org/ver10/doorcontrol/wsdl/GetDoorState
int __tdc__GetDoorState(struct _tdc__GetDoorState *tdc__GetDoorState,
	struct _tdc__GetDoorStateResponse *tdc__GetDoorStateResponse);

// ---- access control (ver10/accesscontrol)
//gsoap tac schema namespace: http://www.onvif.org/ver10/accesscontrol/wsdl
//gsoap tac schema elementForm: qualified
//gsoap tac service name: accesscontrol
//gsoap tac service style: document
//gsoap tac service encoding: literal
struct tac__AccessPointCapabilities { @enum xsd__boolean DisableAccessPoint; };
struct tac__AccessPointInfo {
	@char *token 1;
	char *Name;
	char *Description;
	char *AreaFrom;
	char *AreaTo;
	char *EntityType;
	char *Entity;
	struct tac__AccessPointCapabilities *Capabilities;
};
struct _tac__GetAccessPointInfoList { int *Limit; char *StartReference; };
struct _tac__GetAccessPointInfoListResponse {
	char *NextStartReference;
	int __sizeAccessPointInfo;
	struct tac__AccessPointInfo *AccessPointInfo;
};
//gsoap tac service method-action: GetAccessPointInfoList http://www.onvif.org/ver10/accesscontrol/wsdl/GetAccessPointInfoList
int __tac__GetAccessPointInfoList(struct _tac__GetAccessPointInfoList *tac__GetAccessPointInfoList,
	struct _tac__GetAccessPointInfoListResponse *tac__GetAccessPointInfoListResponse);
